/**
 * What leaves the gateway: one logical webhook as a CloudEvent 1.0 in structured JSON.
 *
 * Besides the CloudEvents attributes there are five extensions: `kind`, `account`, `region`,
 * `idempotencykey` and `traceparent`. CloudEvents has no null: an attribute without a value is absent.
 */

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

export interface SwitchboardEvent {
  specversion: '1.0'
  /** `evt_` and 32 hex digits derived from the idempotency key: copies of a webhook share it. */
  id: string
  /** `/endpoints/<endpoint name>`; an Event Streams event keeps the source that Twilio gave it. */
  source: string
  /** Twilio's own Event Streams name where there is one, else `twilio.webhook.<kind>`. */
  type: string
  /** The natural id: MessageSid, CallSid, … */
  subject?: string
  /** RFC 3339, UTC, milliseconds: when the gateway received the webhook. */
  time: string
  datacontenttype: 'application/json'
  dataschema?: string
  kind: string
  account?: string
  region?: string
  idempotencykey?: string
  /** W3C Trace Context. */
  traceparent: string
  data: Json
}
