/** An event whole, as text: what came, what was answered, what became of it, what else belongs to it. */
import type { z } from 'zod'
import type { RelatedList } from '../../console/api/event-schemas.ts'
import { formatDuration } from '../../console/format/numbers.ts'
import { explainReason } from '../../console/format/reasons.ts'
import { narrateReply } from '../../twilio/narrate.ts'
import { toTable } from '../terminal/table.ts'
import {
  show,
  toOutcomeWords,
  toParties,
  toPlace,
  toSeconds,
  type EventDetail,
  type EventItem,
  type Stored,
} from './event-words.ts'

type Run = EventDetail['runs'][number]
type RunDelivery = Run['deliveries'][number]
type Attempt = RunDelivery['history'][number]
type Related = z.infer<typeof RelatedList>

/** Of one parameter: a message has 1,600 characters. `--json` has all of it. */
const MAX_VALUE_CHARS = 2_000
const MAX_EXCERPT_CHARS = 200

export function toShowText(detail: EventDetail, related: Related): string {
  const parts = [
    toHead(detail),
    toSection('Parameters', toParameters(detail.stored)),
    toSection('What Twilio got back', toReply(detail)),
    ...detail.runs.map(toRun),
    toRelated(related, detail.event.id),
  ]
  return parts.filter((part) => part !== '').join('\n\n')
}

const toSection = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? '' : [title, ...lines.map((line) => `  ${line}`)].join('\n')

function toHead({ event, stored }: EventDetail): string {
  const { kind, receivedAt, account, subject, thread, tookMs } = event
  const keyName = 'message' in stored ? stored.message.request.keyName : undefined
  const place = toPlace(event)
  const about = [account, subject, thread === subject ? null : thread]
  const facts = [
    toParties(event),
    about.flatMap((each) => (each === null ? [] : [show(each)])).join(', '),
    [
      ...(tookMs === null ? [] : [`answered in ${formatDuration(tookMs)}`]),
      ...(keyName === undefined ? [] : [`signed with the key ${show(keyName)}`]),
    ].join(', '),
    toOutcomeWords(event),
  ]
  return [
    `${kind === null ? 'unreadable' : show(kind)}${place === null ? '' : ` at ${place}`}, ${toSeconds(receivedAt)}`,
    show(event.id, 80),
    ...facts.filter((fact) => fact !== ''),
  ].join('\n')
}

function toParameters(stored: Stored): string[] {
  if (stored.state === 'gone') {
    return ['gone: it was too large for the ledger, and is kept for 15 days']
  }
  if (stored.state === 'unreadable') return [show(stored.text, MAX_VALUE_CHARS)]
  const { event, redacted = [] } = stored.message
  const params = readParams(event.data)
  const rows = Object.entries(params).map(([name, value]) => [show(name), toValue(value)])
  const hidden =
    redacted.length === 0
      ? []
      : [`hashes stand for ${redacted.map((name) => show(name)).join(', ')}`]
  return [...(rows.length === 0 ? ['none'] : toTable([], rows).split('\n')), ...hidden]
}

/** As they came; of what had none (Event Streams, a test), its data. */
function readParams(data: unknown): Record<string, unknown> {
  if (!isObject(data)) return data === undefined || data === null ? {} : { data }
  const { params } = data
  return isObject(params) ? params : data
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const toValue = (value: unknown): string =>
  show(typeof value === 'string' ? value : JSON.stringify(value), MAX_VALUE_CHARS)

function toReply({ reply, event }: EventDetail): string[] {
  // Nobody was answered: it came in a batch, or from Switchboard itself.
  if (reply === null && event.endpoint === null) return []
  if (reply === null) return ['not recorded, or not yet when an app was asked']
  const { status, contentType, from } = reply
  const type = contentType === null ? '' : ` ${show(contentType)}`
  const steps = narrateReply(reply, event.kind ?? 'unknown').map(({ depth, text, isReached }) => {
    return `${'  '.repeat(depth)}${show(text, MAX_VALUE_CHARS)}${isReached ? '' : ' (never reached)'}`
  })
  return [`${status}${type}, from ${show(from)}`, ...steps]
}

function toRun({ replay, recordedAt, targets, deliveries }: Run): string {
  const title = replay === null ? 'Deliveries' : `Replay ${show(replay)}, ${toSeconds(recordedAt)}`
  const started = new Set(deliveries.map(({ target }) => target))
  const owed = targets.filter((target) => !started.has(target))
  const lines = [
    ...deliveries.flatMap(toDelivery),
    ...owed.map((target) => `${show(target)}: waiting for its first attempt`),
  ]
  return toSection(title, lines.length === 0 ? ['no target wants it'] : lines)
}

function toDelivery(delivery: RunDelivery): string[] {
  const { target, status, attempts, reason, nextAt, history } = delivery
  const count = `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`
  const when = status === 'waiting' && nextAt !== null ? `, next at ${toSeconds(nextAt)}` : ''
  const explained = status === 'delivered' || reason === null ? null : explainReason(reason)
  return [
    `${show(target)}: ${status} after ${count}${when}`,
    ...history.flatMap(toAttempt),
    ...(explained === null
      ? []
      : [`  ${show(explained.title)}. ${show(explained.explanation, 200)} ${explained.next}`]),
  ]
}

function toAttempt({ number, at, durationMs, status, reason, excerpt }: Attempt): string[] {
  const answer = status === null ? 'no answer' : String(status)
  const why = reason === null ? '' : `  ${show(reason, MAX_EXCERPT_CHARS)}`
  return [
    `  ${number}  ${toSeconds(at)}  ${answer}  ${formatDuration(durationMs)}${why}`,
    ...(excerpt === '' ? [] : [`     ${show(excerpt.trim(), MAX_EXCERPT_CHARS)}`]),
  ]
}

function toRelated({ items, isPartial }: Related, id: string): string {
  const lines = items.map((item) => `${item.id === id ? '→' : ' '} ${toRelatedLine(item)}`)
  const partial = isPartial ? ['  there may be more, further away'] : []
  if (items.length < 2) return ''
  return ['The same call or message', ...lines, ...partial].join('\n')
}

function toRelatedLine(item: EventItem): string {
  const kind = item.kind === null ? 'unreadable' : show(item.kind)
  return [toSeconds(item.receivedAt), kind, toOutcomeWords(item), show(item.id, 80)].join('  ')
}
