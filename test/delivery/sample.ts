/** One inbound message as the gateway queues it, and a target; each test changes what it is about. */
import type { PreparedTarget } from '../../src/config/targets.ts'
import type { SwitchboardEvent } from '../../src/events/event.ts'
import type { EventMessage, OriginalRequest } from '../../src/events/message.ts'

export const ACCOUNT = 'AC00000000000000000000000000000001'

export const FORM_BODY =
  'ToCountry=US&Body=K%C3%B6ln+%26+%E2%9C%93&From=%2B15005550006&To=%2B15005550001' +
  `&MessageSid=SM00000000000000000000000000000001&AccountSid=${ACCOUNT}&NumMedia=0`

export function toEvent(changes: Partial<SwitchboardEvent> = {}): SwitchboardEvent {
  return {
    specversion: '1.0',
    id: 'evt_0123456789abcdef0123456789abcdef',
    source: '/endpoints/sms',
    type: 'com.twilio.messaging.inbound-message.received',
    subject: 'SM00000000000000000000000000000001',
    time: '2026-11-20T10:00:00.000Z',
    datacontenttype: 'application/json',
    kind: 'messaging.inbound',
    account: ACCOUNT,
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    data: { from: '+15005550006', body: 'Köln & ✓', params: { Body: 'Köln & ✓' } },
    ...changes,
  }
}

export function toRequest(changes: Partial<OriginalRequest> = {}): OriginalRequest {
  return {
    method: 'POST',
    contentType: 'application/x-www-form-urlencoded; charset=UTF-8',
    query: '',
    body: FORM_BODY,
    encoding: 'utf-8',
    ...changes,
  }
}

export function toMessage(changes: Partial<EventMessage> = {}): EventMessage {
  return { v: 1, event: toEvent(), request: toRequest(), ...changes }
}

export function toTarget(changes: Partial<PreparedTarget> = {}): PreparedTarget {
  return {
    name: 'crm',
    url: 'https://crm.example.com/hooks/twilio',
    urlSecret: null,
    secrets: [],
    format: 'cloudevents',
    timeoutMs: 10_000,
    retryMs: [5_000, 300_000],
    rate: null,
    concurrency: 5,
    keepsAnswers: true,
    headers: {},
    bearer: null,
    matches: () => true,
    ...changes,
  }
}
