/**
 * What a target gets to show that it works. It says that it is a test, in whatever form the target takes:
 *
 * - `cloudevents` and `slack`: an event of Switchboard's own kind `switchboard.test`;
 * - `twilio`: a realistic request of a kind that the target takes, with SIDs of zeros, which belong to
 *   nothing, the body "Switchboard test" where it has one, and a parameter `SwitchboardTest` besides.
 *   (Twilio adds parameters without notice, so a handler has to bear one that it does not know.)
 *
 * Pure: the clock and the randomness are passed in.
 */
import type { CompiledTarget } from '../../config/compiled.ts'
import { toKindMatcher } from '../../config/targets.ts'
import { toAlert } from '../../events/alert.ts'
import type { Json } from '../../events/event.ts'
import { hash, toTraceparent } from '../../events/identity.ts'
import { MESSAGE_VERSION, type EventMessage, type OriginalRequest } from '../../events/message.ts'
import { KINDS } from '../../twilio/kinds.ts'
import type { Param } from '../../twilio/params.ts'
import { toRealisticWebhook } from '../trigger/realistic.ts'

export interface TestContext {
  account: string
  /** Milliseconds since the epoch. */
  now: number
  /** Makes the ids unique: a target that has seen one test must not drop the next. */
  nonce: string
}

/** Null: it takes no kind that can be made up. */
export function toTestMessage(
  target: Pick<CompiledTarget, 'name' | 'format' | 'events'>,
  context: TestContext,
): EventMessage | null {
  if (target.format !== 'twilio') return toOwnMessage(target.name, context)
  const kind = chooseKind(target.events)
  return kind === null ? null : toTwilioMessage(kind, context)
}

function toOwnMessage(target: string, { now, nonce }: TestContext): EventMessage {
  const data = { message: 'This is a test of Switchboard. Nothing has happened.' }
  const message = toAlert({ kind: 'switchboard.test', target, data, now })
  // An alert is told once in an hour; a test is told each time.
  const digest = hash(['switchboard.test', target, nonce])
  const ids = { id: toId(digest), idempotencykey: nonce, traceparent: toTraceparent(digest) }
  return { ...message, event: { ...message.event, ...ids } }
}

const toId = (digest: string): string => `evt_${digest.slice(0, 32)}`

/** Those that do least come first: nobody answers a status. */
const PREFERRED = ['messaging.status', 'voice.call.status', 'messaging.inbound', 'voice.inbound']

function chooseKind(patterns: readonly string[]): string | null {
  const matchers = patterns.map(toKindMatcher)
  const taken = KINDS.filter(({ name }) => matchers.some((matches) => matches(name)))
  const preferred = PREFERRED.find((name) => taken.some((kind) => kind.name === name))
  const other =
    taken.find(({ body }) => body === 'form') ?? taken.find(({ body }) => body === 'json')
  return preferred ?? other?.name ?? null
}

function toTwilioMessage(kind: string, { account, now, nonce }: TestContext): EventMessage {
  const request = toTestRequest(kind, { account, now, nonce })
  const digest = hash(['switchboard.test', kind, nonce])
  return {
    v: MESSAGE_VERSION,
    event: {
      specversion: '1.0',
      id: toId(digest),
      source: '/switchboard',
      type: `twilio.webhook.${kind}`,
      time: new Date(now).toISOString(),
      datacontenttype: 'application/json',
      kind,
      account,
      idempotencykey: nonce,
      traceparent: toTraceparent(digest),
      data: null,
    },
    request,
  }
}

/** A request of this kind as Twilio sends it, marked as a test. */
export function toTestRequest(kind: string, context: TestContext): OriginalRequest {
  const { account, now, nonce } = context
  const { pairs, json } = toRealisticWebhook(kind, { account, set: [], date: new Date(now) })
  const rest = { method: 'POST', query: '', encoding: 'utf-8' as const, idempotencyToken: nonce }
  if (json !== undefined) {
    const body = JSON.stringify(toMarkedJson(json))
    return { ...rest, contentType: 'application/json', body }
  }
  const body = new URLSearchParams(toMarkedPairs(pairs).map(([name, value]) => [name, value]))
  const contentType = 'application/x-www-form-urlencoded; charset=UTF-8'
  return { ...rest, contentType, body: body.toString() }
}

const SID = /^(?!AC)[A-Z]{2}[0-9a-f]{32}$/

function toMarkedPairs(pairs: readonly Param[]): Param[] {
  const marked = pairs.map(([name, value]): Param => {
    if (name === 'Body') return [name, 'Switchboard test']
    return [name, SID.test(value) ? value.slice(0, 2) + '0'.repeat(32) : value]
  })
  return [...marked, ['SwitchboardTest', 'true']]
}

/** Event Streams has a type for it; other JSON has none. */
function toMarkedJson(json: Json): Json {
  if (!Array.isArray(json)) return json
  return json.map((event) => {
    if (typeof event !== 'object' || event === null || Array.isArray(event)) return event
    return { ...event, type: 'com.twilio.eventstreams.test-event' }
  })
}
