/**
 * From one verified webhook to its events: one CloudEvent, or as many as an Event Streams batch holds.
 *
 * Pure and total: the same webhook with the same identity gives the same events, and nothing that
 * Twilio can send makes it throw.
 */
import { parseBatch, parseStreamEvent, type StreamEvent } from '../twilio/event-streams.ts'
import type { Kind } from '../twilio/kind.ts'
import type { Params } from '../twilio/params.ts'
import type { Webhook } from '../twilio/webhook.ts'
import { toData } from './data.ts'
import type { Json, SwitchboardEvent } from './event.ts'
import { hash, toTraceparent, type Identity } from './identity.ts'

export interface EventContext {
  kind: Kind
  webhook: Webhook
  identity: Identity
  /** The endpoint's name. */
  endpoint: string
  /** The account whose key signed the request, or null. */
  account: string | null
  /** X-Home-Region, e.g. `us1`, or null. */
  region: string | null
  /** When the gateway received it, milliseconds since the epoch. */
  now: number
}

/** At least one event. */
export function toEvents(context: EventContext): SwitchboardEvent[] {
  const { kind, webhook } = context
  const batch = kind.name === 'event-streams' ? parseBatch(webhook.json) : null
  if (batch === null) return [toEvent(context)]
  return batch.map((element, index) => {
    const streamed = parseStreamEvent(element)
    return streamed === null
      ? toForeignEvent(context, element, index)
      : toStreamedEvent(context, streamed)
  })
}

function toEvent(context: EventContext): SwitchboardEvent {
  const { kind, webhook, identity, endpoint } = context
  const subject = findSubject(kind, webhook.params)
  return {
    specversion: '1.0',
    id: identity.id,
    source: `/endpoints/${endpoint}`,
    type: findEventType(kind, webhook.params) ?? `twilio.webhook.${kind.name}`,
    ...(subject === null ? {} : { subject }),
    time: new Date(context.now).toISOString(),
    datacontenttype: 'application/json',
    ...toExtensions(context, identity.label, identity.traceparent),
    data: toData(kind, webhook),
  }
}

/** What Twilio said stays as it was. */
function toStreamedEvent(context: EventContext, streamed: StreamEvent): SwitchboardEvent {
  const { id, source, type, subject, time, dataschema, data } = streamed
  return {
    specversion: '1.0',
    id,
    source,
    type,
    ...(subject === undefined ? {} : { subject }),
    time: time ?? new Date(context.now).toISOString(),
    datacontenttype: 'application/json',
    ...(dataschema === undefined ? {} : { dataschema }),
    // The id is the token: a target that goes by the batch's would take one event and drop the rest.
    ...toExtensions(context, id, toTraceparent(hash([source, id]))),
    data,
  }
}

/** An element of a batch that is no CloudEvent: kept, under an id from its place in the batch. */
function toForeignEvent(context: EventContext, data: Json, index: number): SwitchboardEvent {
  const digest = hash([context.identity.id, String(index)])
  const id = `evt_${digest.slice(0, 32)}`
  return {
    specversion: '1.0',
    id,
    source: `/endpoints/${context.endpoint}`,
    type: `twilio.webhook.${context.kind.name}`,
    time: new Date(context.now).toISOString(),
    datacontenttype: 'application/json',
    ...toExtensions(context, id, toTraceparent(digest)),
    data,
  }
}

type Extensions = Pick<
  SwitchboardEvent,
  'kind' | 'account' | 'region' | 'idempotencykey' | 'traceparent'
>

function toExtensions(
  { kind, account, region }: EventContext,
  label: string | null,
  traceparent: string,
): Extensions {
  return {
    kind: kind.name,
    ...(account === null ? {} : { account }),
    ...(region === null ? {} : { region }),
    ...(label === null ? {} : { idempotencykey: label }),
    traceparent,
  }
}

function findSubject({ subject }: Kind, params: Params): string | null {
  for (const name of subject) {
    const value = params.get(name)
    if (value !== undefined && value !== '') return value
  }
  return null
}

/** Twilio's own name for it; null where the catalogue has none. */
function findEventType({ eventType }: Kind, params: Params): string | null {
  if (eventType === null || typeof eventType === 'string') return eventType
  return eventType.types.get(params.get(eventType.of) ?? '') ?? null
}
