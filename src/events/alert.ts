/**
 * Switchboard's own events: something that people should know, as an event like any other. Pure: who
 * notices it and who puts it into the queue is elsewhere.
 */
import type { Json, SwitchboardEvent } from './event.ts'
import { hash, toTraceparent } from './identity.ts'
import { MESSAGE_VERSION, type EventMessage, type OriginalRequest } from './message.ts'
import type { OwnKindName } from './own-kinds.ts'

/** The CloudEvents `source` of all of them. */
export const OWN_SOURCE = '/switchboard'

export interface Alert {
  kind: OwnKindName
  /** The target that it is about; null: no single one. */
  target: string | null
  /** What else there is to say, by camelCase names. No secret, and no URL that is one. */
  data: { [name: string]: Json }
  /** Milliseconds since the epoch. */
  now: number
}

const HOUR_MS = 3_600_000

/** There is no request of Twilio's behind it. */
const NO_REQUEST: OriginalRequest = {
  method: 'POST',
  contentType: '',
  query: '',
  body: '',
  encoding: 'utf-8',
}

/**
 * The same kind and target within one hour of the clock (UTC) have the same id, so that the ledger
 * takes all but the first for copies: an outage is one message and not a thousand. The first one's
 * `data` is what people see.
 *
 * Weak at the border of an hour: what begins at 10:59 and goes on is told at 10:59 and at 11:00, then
 * once in each further hour. And something that ends and begins again within an hour is told once.
 */
export function toAlert({ kind, target, data, now }: Alert): EventMessage {
  const hour = Math.floor(now / HOUR_MS)
  const digest = hash([kind, target, String(hour)])
  const event: SwitchboardEvent = {
    specversion: '1.0',
    id: `evt_${digest.slice(0, 32)}`,
    source: OWN_SOURCE,
    type: kind,
    ...(target === null ? {} : { subject: target }),
    time: new Date(now).toISOString(),
    datacontenttype: 'application/json',
    kind,
    idempotencykey: toLabel(kind, target, hour),
    traceparent: toTraceparent(digest),
    data: { target, ...data },
  }
  return { v: MESSAGE_VERSION, event, request: { ...NO_REQUEST } }
}

/** `switchboard.target.paused/crm/2026-11-20T10` */
function toLabel(kind: OwnKindName, target: string | null, hour: number): string {
  const at = new Date(hour * HOUR_MS).toISOString().slice(0, 'YYYY-MM-DDTHH'.length)
  return [kind, ...(target === null ? [] : [target]), at].join('/')
}
