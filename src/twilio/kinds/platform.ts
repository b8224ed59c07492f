/**
 * What belongs to no product: Event Streams, fallback URLs, the debugger, usage triggers, and what a
 * signed webhook is that no row matches.
 */
import type { StaticReply } from '../../config/compiled.ts'
import type { Params } from '../params.ts'
import { defineKind, EMPTY_TWIML } from '../kind.ts'

const APOLOGY: StaticReply = {
  type: 'twiml',
  twiml:
    '<Response><Say>We are sorry, this call cannot be answered right now. Please try again later.</Say></Response>',
}

/** A caller must hear why the call ends; the sender of a message needs no second message. */
const apologizeToCallers = (params: Params): StaticReply =>
  params.has('CallSid') ? APOLOGY : EMPTY_TWIML

export const PLATFORM = [
  defineKind({
    // https://www.twilio.com/docs/events/event-delivery-modes-and-retries
    name: 'event-streams',
    product: 'events',
    reply: 'none',
    limitMs: 5_000,
    key: '[].id',
    order: '[].time',
    params:
      '[].specversion [].type [].source [].id [].dataschema [].datacontenttype [].time [].data',
    body: 'json',
  }),
  defineKind({
    // https://www.twilio.com/docs/usage/webhooks: the first request again, with the error.
    name: 'fallback',
    product: 'any',
    detect: [{ at: 5, all: 'ErrorUrl ErrorCode' }],
    reply: 'twiml',
    defaultReply: apologizeToCallers,
    subject: 'CallSid|MessageSid',
    key: 'CallSid|MessageSid ErrorCode ErrorUrl',
    params: 'ErrorCode ErrorUrl *',
  }),
  defineKind({
    // https://www.twilio.com/docs/usage/monitor-debugger-webhook
    name: 'debugger',
    detect: [{ at: 8, all: 'PayloadType Payload Level Sid' }],
    reply: 'none',
    subject: 'Sid',
    key: 'Sid',
    order: 'Timestamp',
    eventType: 'com.twilio.error-logs.error.logged',
    params: 'Sid AccountSid ParentAccountSid? Timestamp Level PayloadType Payload',
  }),
  defineKind({
    // Carries its idempotency token in the body.
    name: 'usage.trigger',
    detect: [{ at: 11, all: 'UsageTriggerSid IdempotencyToken' }],
    reply: 'none',
    subject: 'UsageTriggerSid',
    key: 'IdempotencyToken',
    order: 'DateFired',
    params:
      'AccountSid UsageTriggerSid DateFired Recurring? UsageCategory TriggerBy TriggerValue CurrentValue UsageRecordUri IdempotencyToken',
  }),
]

/**
 * Signed by Twilio and not in the table. An empty document is what both a TwiML URL and a status
 * callback accept.
 */
export const UNKNOWN = defineKind({
  name: 'unknown',
  reply: 'any',
  subject: 'MessageSid|CallSid',
  params: '*',
})
