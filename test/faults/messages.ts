/** Queue messages made by hand, as a gateway makes them. */
import { randomBytes, randomUUID } from 'node:crypto'
import type { Handed } from './switchboard.ts'

export const newEventId = (): string => `evt_${randomBytes(16).toString('hex')}`

/** An inbound SMS whose Body names its targets. */
export function toEvent(id: string, body: string) {
  const sid = `SM${id.slice('evt_'.length)}`
  const account = `AC${'0'.repeat(32)}`
  const params = { MessageSid: sid, AccountSid: account, From: '+15005550006', Body: body }
  return {
    specversion: '1.0',
    id,
    source: '/endpoints/sms',
    type: 'com.twilio.messaging.inbound-message.received',
    subject: sid,
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    kind: 'messaging.inbound',
    account,
    idempotencykey: randomUUID(),
    traceparent: `00-${id.slice('evt_'.length)}-00f067aa0ba902b7-01`,
    data: { messageSid: sid, from: '+15005550006', to: '+15005550010', body, params },
  }
}

export const REQUEST = {
  method: 'POST',
  contentType: 'application/x-www-form-urlencoded; charset=UTF-8',
  query: '',
  body: 'Body=hello',
  encoding: 'utf-8',
}

/** A message's body: version 1, owed to whom the config says, or to whom `owed` does. */
export function toMessage(id: string, body: string, owed: object = {}): string {
  return JSON.stringify({ v: 1, event: toEvent(id, body), request: REQUEST, ...owed })
}

/** One message of a new event, handed out for the first time. */
export function toHanded(eventId: string, body: string): Handed {
  return { id: randomUUID(), body: toMessage(eventId, body) }
}
