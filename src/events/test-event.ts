/**
 * The event with which an operator tests one target. Pure: who sends it is elsewhere.
 *
 * It names its target and so goes to that one alone, whatever the others ask for. It says of itself
 * that a person asked for it, and has a small form for targets of the format `twilio`.
 */
import type { SwitchboardEvent } from './event.ts'
import { OWN_SOURCE } from './alert.ts'
import { hash, toTraceparent } from './identity.ts'
import { MESSAGE_VERSION, type EventMessage } from './message.ts'
import type { OwnKindName } from './own-kinds.ts'

/** Chosen by whoever asks, so that asking twice is asking once. */
export const TEST_ID = /^tst_[A-Za-z0-9]{1,40}$/

const KIND: OwnKindName = 'switchboard.test'

/**
 * The same target and id are the same event.
 *
 * @param now milliseconds since the epoch
 */
export function toTestEvent(target: string, testId: string, now: number): EventMessage {
  const digest = hash([KIND, 'operator', target, testId])
  const event: SwitchboardEvent = {
    specversion: '1.0',
    id: `evt_${digest.slice(0, 32)}`,
    source: OWN_SOURCE,
    type: KIND,
    subject: testId,
    time: new Date(now).toISOString(),
    datacontenttype: 'application/json',
    kind: KIND,
    idempotencykey: [KIND, target, testId].join('/'),
    traceparent: toTraceparent(digest),
    data: { target, testId, cause: 'operator' },
  }
  const request: EventMessage['request'] = {
    method: 'POST',
    contentType: 'application/x-www-form-urlencoded',
    query: '',
    body: new URLSearchParams({ TestId: testId }).toString(),
    encoding: 'utf-8',
  }
  return { v: MESSAGE_VERSION, event, request, targets: [target] }
}
