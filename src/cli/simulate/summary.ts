/** What was sent and answered, as one account: counts, times, and what is wrong. Pure. */
import type { KeyInUse } from './keys.ts'
import type { Enemy, StoryName } from './mix.ts'
import type { Loss } from './overrides.ts'
import { toRows, type Row } from './summary-rows.ts'

/** One attempt. */
export interface Sent {
  conversation: number
  story: StoryName
  kind: string
  token: string
  enemy: Enemy | null
  /** From 1; with the same token, more are retries. */
  attempt: number
  /** The edge that it left from. */
  place: string
  /** Which of the account's keys signed it; null: none of them, as an enemy has none. */
  key: KeyInUse | null
  /** When it left, after the start. */
  atMs: number
  /** What it is about, where the plan says so: a message, a call, a conference. */
  sid: string | null
  /** The ids of a batch of Event Streams; empty for anything else. */
  streamed: readonly string[]
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

export interface Summary {
  ok: boolean
  sent: number
  genuine: number
  enemies: number
  retries: number
  /** Accepted by a retry only. */
  saved: number
  /** Fallback URLs asked because the first one failed. */
  fallbacks: number
  /** Null: no key was promoted. Genuine attempts by the key that signed them, and how many got 403. */
  keys: Record<KeyInUse, { sent: number; refused: number }> | null
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
    fallbacks: genuine.filter(
      ({ kind, story, attempt }) => kind === 'fallback' && story !== 'fallback' && attempt === 1,
    ).length,
    keys: toKeys(genuine),
    rows: toRows(all),
    wrong,
  }
}

function toKeys(genuine: readonly Sent[]): Summary['keys'] {
  const toCounts = (wanted: KeyInUse) => {
    const own = genuine.filter(({ key }) => key === wanted)
    return { sent: own.length, refused: own.filter(({ status }) => status === 403).length }
  }
  const promoted = toCounts('promoted')
  return promoted.sent === 0 ? null : { current: toCounts('current'), promoted }
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
