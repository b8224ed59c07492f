/**
 * What the Workers' rarer log lines say, in words: a row for each event that they log. The common two,
 * webhooks and deliveries, are in log-line.ts.
 */

/** In passing; worth a look; something is wrong. */
export type Mark = '·' | '!' | '✗'

type Words = (line: Record<string, unknown>) => readonly [Mark, string]

/** A name, a code or a number of the line; never an object, which may be a whole event. */
function at(line: Record<string, unknown>, name: string): string {
  const value = line[name]
  if (typeof value === 'string' || typeof value === 'number') return String(value)
  if (!Array.isArray(value)) return '?'
  return value.filter((one) => typeof one === 'string').join(', ')
}

/** The class of an error, in brackets. */
const fault = (line: Record<string, unknown>) => ` (${at(line, 'error')})`

/** Enough to tell events on a screen apart; `--json` has all of it. */
export function toShortId(id: string): string {
  const SHOWN = 12
  return id.length > SHOWN ? `${id.slice(0, SHOWN)}…` : id
}

const shortId = (line: Record<string, unknown>) => toShortId(at(line, 'eventId'))

function toUnstored({ message }: Record<string, unknown>): string {
  const isObject = typeof message === 'object' && message !== null && 'event' in message
  const event: unknown = isObject ? message.event : null
  const id = typeof event === 'object' && event !== null && 'id' in event ? event.id : '?'
  return typeof id === 'string' ? toShortId(id) : '?'
}

export const LOG_WORDS: Readonly<Record<string, Words>> = {
  'alert.failed': (line) => ['✗', `alert ${at(line, 'kind')} could not be sent${fault(line)}`],
  'alert.raised': (line) => {
    const about = typeof line['target'] === 'string' ? ` about ${line['target']}` : ''
    return ['!', `alert ${at(line, 'kind')}${about}`]
  },
  'answer.dropped': (line) => ['!', `what an app answered was not recorded  ${shortId(line)}`],
  'answer.unrecorded': (line) => [
    '!',
    `what an app answered was not recorded${fault(line)}  ${shortId(line)}`,
  ],
  'audit.unfinished': (line) => ['!', `the end of a change was not recorded${fault(line)}`],
  'auth_tokens.refused': (line) => [
    '✗',
    `TWILIO_AUTH_TOKENS cannot be used: ${at(line, 'reason')}`,
  ],
  'breaker.closed': (line) => ['·', `${at(line, 'target')} answers again: it gets what has waited`],
  'breaker.opened': (line) => [
    '!',
    `${at(line, 'target')} keeps failing: its events wait while it is probed`,
  ],
  'config.refused': (line) => [
    '✗',
    `a config (${at(line, 'source')}) was refused: ${at(line, 'reason')}`,
  ],
  'config.unavailable': (line) => ['✗', `the consumer has no config${fault(line)}: events wait`],
  'console.closed': () => ['!', 'the console is closed: its settings do not say who may use it'],
  'console.misconfigured': (line) => ['✗', at(line, 'problem')],
  'console.failed': (line) => ['✗', `the console failed: ${at(line, 'code')}${fault(line)}`],
  'consumer.misconfigured': (line) => ['✗', `${at(line, 'problem')}: events wait`],
  'delivery.dead': (line) => [
    '✗',
    `${at(line, 'targets')}: ${at(line, 'kind')} is dead, ${at(line, 'reason')} on attempt ` +
      `${at(line, 'attempts')}  ${shortId(line)}`,
  ],
  'delivery.defect': (line) => ['✗', `${at(line, 'target')}: no request can be made${fault(line)}`],
  'delivery.unsigned': (line) => [
    '✗',
    `${at(line, 'target')}: nothing can be sent, ${at(line, 'reason')} ${at(line, 'name')}`,
  ],
  'event.copy': (line) => [
    '·',
    `${at(line, 'kind')}: a retry or a copy of one that came before, not delivered again  ${shortId(line)}`,
  ],
  'event.unmatched': (line) => ['·', `${at(line, 'kind')}: no target wants it  ${shortId(line)}`],
  'event.unstored': (line) => ['✗', `neither queue nor outbox took an event  ${toUnstored(line)}`],
  'events.unrecorded': (line) => {
    const counts = ['delivered', 'unmatched', 'copies'].map((name) => `${at(line, name)} ${name}`)
    return ['·', `events that are not recorded: ${counts.join(', ')}`]
  },
  'events.found': (line) => ['!', `${at(line, 'count')} events were found that nobody worked on`],
  'gateway.defect': (line) => ['✗', `the gateway failed${fault(line)} at ${at(line, 'at')}`],
  'gateway.misconfigured': (line) => ['✗', at(line, 'problem')],
  'housekeeping.failed': (line) => [
    '✗',
    `housekeeping failed in ${at(line, 'step')}${fault(line)}`,
  ],
  'lane.failed': (line) => [
    '✗',
    `lane ${at(line, 'lane')} failed${fault(line)}: ${at(line, 'deliveries')} deliveries wait`,
  ],
  'lane.late': (line) => [
    '!',
    `lane ${at(line, 'lane')} does not answer: ${at(line, 'deliveries')} deliveries wait`,
  ],
  'ledger.pruned': (line) => ['·', `${at(line, 'count')} old events left the ledger`],
  'ledger.refused': (line) => ['✗', `the ledger refused${fault(line)}: what it was about waits`],
  'login.refused': (line) => ['!', `a login was refused: ${at(line, 'code')}`],
  'message.failed': (line) => [
    '✗',
    `message ${at(line, 'message')} failed${fault(line)} and waits`,
  ],
  'message.unreadable': (line) => [
    '✗',
    `message ${at(line, 'message')} cannot be read: ${at(line, 'reason')}`,
  ],
  'outbox.drained': (line) => ['·', `${at(line, 'count')} events left the outbox for the queue`],
  'outbox.failed': (line) => ['✗', `the outbox cannot be read${fault(line)}`],
  'outbox.refused': (line) => ['✗', `the queue takes nothing from the outbox${fault(line)}`],
  'queue.refused': (line) => ['✗', `the queue (${at(line, 'queue')}) refused${fault(line)}`],
  'queue.unknown': (line) => [
    '✗',
    `nobody knows whose ledger ${at(line, 'count')} events of ${at(line, 'queue')} belong to: they wait`,
  ],
  'redact.failed': (line) => ['✗', `a dead event could not be redacted${fault(line)}`],
  'redact.unkeyed': (line) => [
    '!',
    `${at(line, 'name')} is not set: what is redacted is only removed`,
  ],
  'replay.interrupted': (line) => [
    '!',
    `a replay in bulk was interrupted${fault(line)}: it goes on`,
  ],
  'replay.left': (line) => [
    '·',
    `replay ${at(line, 'replay')} ended or went to another: ${at(line, 'count')} sent`,
  ],
  'replay.started': (line) => [
    '·',
    `replay ${at(line, 'replay')} began: ${at(line, 'count')} events`,
  ],
  'token.unrecorded': (line) => [
    '!',
    `the reply was not recorded (${at(line, 'step')}): a retry is answered anew  ${shortId(line)}`,
  ],
}
