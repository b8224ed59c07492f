/** The account of a simulation for people: a row for each kind and enemy, and what is wrong. */
import { toTable } from '../terminal/table.ts'
import { LOSSES } from './overrides.ts'
import type { Finding, Summary, Wrong } from './summary.ts'

export interface Frame {
  seed: string
  tookMs: number
  /** Ended before everything was sent. */
  isEarly: boolean
}

const WORDS: Readonly<Record<Wrong, string>> = {
  not_accepted: 'genuine webhooks that Twilio got no acceptable answer for',
  not_refused: 'requests of enemies that were not refused',
  another_answer: 'copies that were answered differently from the first',
}

export function toSummaryText(summary: Summary, { seed, tookMs, isEarly }: Frame): string {
  const rows = summary.rows.map(({ name, sent, good, statuses, p50, p95, p99 }) => [
    name,
    sent,
    good,
    Object.entries(statuses)
      .map(([status, count]) => `${status}×${count}`)
      .join(' '),
    ...[p50, p95, p99].map((ms) => ms.toFixed(1)),
  ])
  const { sent, enemies, retries, saved, compared, fallbacks } = summary
  const head = ['WEBHOOK', 'SENT', 'GOOD', 'ANSWERS', 'P50 MS', 'P95 MS', 'P99 MS']
  const took = `${sent} requests in ${(tookMs / 1_000).toFixed(1)} s, ${enemies} of them of enemies`
  return [
    toTable(head, rows),
    '',
    `${took}; ${retries} retries, which saved ${saved}; ${compared} tokens answered more than once.`,
    ...(fallbacks > 0 ? [`Twilio asked the fallback URL ${fallbacks} times.`] : []),
    ...toKeyLines(summary),
    ...(isEarly ? ['Ended early: not everything was sent.'] : []),
    `The same again: --seed ${seed}`,
    ...(summary.ok ? ['Everything was answered as it has to be.'] : summary.wrong.flatMap(toLines)),
  ].join('\n')
}

function toKeyLines({ keys }: Summary): string[] {
  if (keys === null) return []
  const { current, promoted } = keys
  const counts = `${current.sent} webhooks were signed with the first key, ${promoted.sent} with the promoted one`
  if (promoted.refused === 0) return [`${counts}.`]
  const isUnknown = promoted.refused === promoted.sent && current.refused === 0
  return [
    `${counts}, of which ${promoted.refused} were refused (403).`,
    ...(isUnknown ? [UNKNOWN_KEY] : []),
  ]
}

const UNKNOWN_KEY =
  'The gateway does not know the promoted key. Twilio signs with it from the promotion on, and each of its\n' +
  'webhooks is lost: both keys have to be in TWILIO_AUTH_TOKENS before, as `switchboard rotate` sees to.'

function toLines({ what, count, examples }: Finding): string[] {
  const lines = examples.map(({ conversation, kind, status, loss, code }) => {
    const answer = loss === null ? `status ${status}` : LOSSES[loss]
    const error = what === 'not_accepted' && code !== null ? `, error ${code}` : ''
    return `  ${kind} in conversation ${conversation}: ${answer}${error}`
  })
  return [`NOT GOOD: ${count} ${WORDS[what]}`, ...lines]
}
