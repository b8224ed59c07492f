/** What was sent and answered, as one account: counts, times, and what is wrong. Pure. */
import type { Enemy, StoryName } from './mix.ts'
import type { Loss } from './overrides.ts'

/** One attempt. */
export interface Sent {
  conversation: number
  story: StoryName
  kind: string
  token: string
  enemy: Enemy | null
  /** From 1; with the same token, more are retries. */
  attempt: number
  /** No retry follows. */
  isLast: boolean
  status: number
  loss: Loss | null
  durationMs: number
  /** As it has to be answered: a genuine one as Twilio accepts it, an enemy's with a refusal. */
  isGood: boolean
  /** Why Twilio would not accept it, by its own number. */
  code: number | null
  /** A digest of status, type and text. */
  answer: string
}

export type Wrong = 'not_accepted' | 'not_refused' | 'another_answer'

export interface Finding {
  what: Wrong
  count: number
  /** The first few: enough to look for. */
  examples: Pick<Sent, 'conversation' | 'kind' | 'status' | 'loss' | 'code'>[]
}

export interface Row {
  /** The kind, or the enemy. */
  name: string
  sent: number
  good: number
  statuses: Record<string, number>
  p50: number
  p95: number
  p99: number
}

export interface Summary {
  ok: boolean
  sent: number
  genuine: number
  enemies: number
  retries: number
  /** Accepted by a retry only. */
  saved: number
  /** Tokens that got more than one answer that Twilio accepts. */
  compared: number
  rows: Row[]
  wrong: Finding[]
}

const MAX_EXAMPLES = 5

export function toSummary(all: readonly Sent[]): Summary {
  const genuine = all.filter(({ enemy }) => enemy === null)
  const enemies = all.filter(({ enemy }) => enemy !== null)
  const { differing, compared } = compareAnswers(genuine)
  const wrong = [
    toFinding(
      'not_accepted',
      genuine.filter(({ isLast, isGood }) => isLast && !isGood),
    ),
    toFinding(
      'not_refused',
      enemies.filter(({ isGood }) => !isGood),
    ),
    toFinding('another_answer', differing),
  ].filter(({ count }) => count > 0)
  return {
    ok: wrong.length === 0,
    sent: all.length,
    genuine: genuine.length,
    enemies: enemies.length,
    retries: all.filter(({ attempt }) => attempt > 1).length,
    saved: genuine.filter(({ attempt, isGood }) => attempt > 1 && isGood).length,
    compared,
    rows: toRows(all),
    wrong,
  }
}

/** Only what Twilio accepts: an error and the answer of its retry may differ. */
function compareAnswers(genuine: readonly Sent[]): { differing: Sent[]; compared: number } {
  const first = new Map<string, string>()
  const again = new Set<string>()
  const differing: Sent[] = []
  for (const sent of genuine) {
    if (!sent.isGood) continue
    const before = first.get(sent.token)
    if (before === undefined) first.set(sent.token, sent.answer)
    else again.add(sent.token)
    if (before !== undefined && before !== sent.answer) differing.push(sent)
  }
  return { differing, compared: again.size }
}

function toFinding(what: Wrong, sent: readonly Sent[]): Finding {
  const examples = sent
    .slice(0, MAX_EXAMPLES)
    .map(({ conversation, kind, status, loss, code }) => ({
      conversation,
      kind,
      status,
      loss,
      code,
    }))
  return { what, count: sent.length, examples }
}

function toRows(all: readonly Sent[]): Row[] {
  const groups = Map.groupBy(all, ({ enemy, kind }) => enemy ?? kind)
  const enemies = new Set<string>(all.flatMap(({ enemy }) => enemy ?? []))
  return [...groups]
    .toSorted(([one], [other]) => {
      const order = Number(enemies.has(one)) - Number(enemies.has(other))
      return order === 0 ? one.localeCompare(other) : order
    })
    .map(([name, group]) => toRow(name, group))
}

function toRow(name: string, group: readonly Sent[]): Row {
  const times = group.map(({ durationMs }) => durationMs).toSorted((one, other) => one - other)
  const statuses: Record<string, number> = {}
  for (const { status, loss } of group) {
    const outcome = loss ?? String(status)
    statuses[outcome] = (statuses[outcome] ?? 0) + 1
  }
  return {
    name,
    sent: group.length,
    good: group.filter(({ isGood }) => isGood).length,
    statuses,
    p50: quantile(times, 0.5),
    p95: quantile(times, 0.95),
    p99: quantile(times, 0.99),
  }
}

/** The nearest rank, in tenths of a millisecond. */
function quantile(sorted: readonly number[], share: number): number {
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0
  return Math.round(value * 10) / 10
}
