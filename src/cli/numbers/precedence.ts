/**
 * Which URL Twilio calls: its own order of who decides, as a pure function.
 *
 *   voice, call status: SIP trunk > TwiML app > the number's own
 *   messages in:        messaging service (unless it defers) > TwiML app > the number's own
 *
 * From the descriptions of IncomingPhoneNumber (`trunk_sid`, `voice_application_sid`,
 * `sms_application_sid`) and of Service (`inbound_request_url`, `use_inbound_webhook_on_number`) in
 * Twilio's API reference. That an app's status callback replaces the number's is inferred from the
 * console, which hides the number's then.
 */
import { KINDS, type Channel, type Resource, type Slot } from './resource.ts'

/** Why the URL is the one it is. */
export type Decider =
  | 'self'
  | 'application'
  | 'service'
  /** Calls go to a SIP trunk: there is no webhook. */
  | 'trunk'
  /** The messaging service has no URL: Twilio drops what comes in. */
  | 'disabled'
  /** The service leaves it to its numbers. */
  | 'numbers'
  /** An app or a service that is not in the account. */
  | 'missing'
  /** The account's messaging services could not be read, and one of them may decide. */
  | 'unread'

export interface Route {
  channel: Channel
  by: Decider
  /** SID of what decides. */
  bySid: string
  /** What to change; null: there is nothing that could be. */
  owner: Resource | null
  slot: Slot | null
  hook: Hook | null
}

export interface Hook {
  url: string | null
  method: string
  fallbackUrl: string | null
  fallbackMethod: string
  canFallBack: boolean
}

export interface Surroundings {
  bySid: ReadonlyMap<string, Resource>
  /** Accounts whose messaging services could not be read. */
  servicesUnread: ReadonlySet<string>
}

/** One route for each of its slots, in the order of KINDS. */
export function decideRoutes(resource: Resource, around: Surroundings): Route[] {
  return KINDS[resource.kind].slots
    .filter(({ channel }) => !resource.lacks.includes(channel))
    .filter(({ isLegacy, url }) => !isLegacy || resource.fields[url])
    .map((slot) => decideRoute(resource, slot, around))
}

function decideRoute(resource: Resource, slot: Slot, around: Surroundings): Route {
  const { kind, sid, trunkSid, voiceApplicationSid, smsApplicationSid } = resource
  const { channel } = slot
  if (channel === 'sms' && kind === 'service') return routeOfService(resource, slot)
  if (channel === 'sms' && (kind === 'number' || kind === 'short-code')) {
    const route = routeThroughService(resource, around)
    if (route) return route
    if (smsApplicationSid !== null) return routeOfApp(smsApplicationSid, channel, around)
  }
  if (kind === 'number' && (channel === 'voice' || channel === 'status')) {
    if (trunkSid !== null) return nowhere(channel, 'trunk', trunkSid)
    if (voiceApplicationSid !== null) return routeOfApp(voiceApplicationSid, channel, around)
  }
  return toRoute(channel, 'self', resource, slot, sid)
}

function routeOfService(service: Resource, slot: Slot): Route {
  if (service.defersToNumbers) return nowhere('sms', 'numbers', service.sid)
  const route = toRoute('sms', 'self', service, slot, service.sid)
  return route.hook?.url === null ? { ...route, by: 'disabled' } : route
}

/** Null: no service has a say. */
function routeThroughService(resource: Resource, around: Surroundings): Route | null {
  const { serviceSid, account } = resource
  if (serviceSid === null) {
    return around.servicesUnread.has(account) ? nowhere('sms', 'unread', account) : null
  }
  const service = around.bySid.get(serviceSid)
  if (!service) return nowhere('sms', 'missing', serviceSid)
  if (service.defersToNumbers) return null
  const slot = findSlot(service, 'sms')
  if (!slot) return null
  const route = routeOfService(service, slot)
  return route.by === 'self' ? { ...route, by: 'service' } : route
}

function routeOfApp(sid: string, channel: Channel, around: Surroundings): Route {
  const app = around.bySid.get(sid)
  const slot = app && findSlot(app, channel)
  return app && slot
    ? toRoute(channel, 'application', app, slot, sid)
    : nowhere(channel, 'missing', sid)
}

const findSlot = ({ kind }: Resource, channel: Channel): Slot | undefined =>
  KINDS[kind].slots.find((slot) => slot.channel === channel)

const nowhere = (channel: Channel, by: Decider, bySid: string): Route => ({
  channel,
  by,
  bySid,
  owner: null,
  slot: null,
  hook: null,
})

function toRoute(channel: Channel, by: Decider, owner: Resource, slot: Slot, bySid: string): Route {
  return { channel, by, bySid, owner, slot, hook: toHook(owner, slot) }
}

/** Where Twilio says nothing about a method it is POST. */
function toHook({ fields }: Resource, slot: Slot): Hook {
  const { url, method, fallbackUrl, fallbackMethod } = slot
  return {
    url: fields[url] ?? null,
    method: (method && fields[method]) ?? 'POST',
    fallbackUrl: (fallbackUrl && fields[fallbackUrl]) ?? null,
    fallbackMethod: (fallbackMethod && fields[fallbackMethod]) ?? 'POST',
    canFallBack: fallbackUrl !== undefined,
  }
}
