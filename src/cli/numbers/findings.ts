/** What is worth knowing about where a webhook goes. Pure. */
import { fragmentOf, parseOverrides } from './overrides.ts'
import type { GatewayAddress } from './gateway-address.ts'
import type { Hook, Route } from './precedence.ts'
import type { Resource } from './resource.ts'

/** In the order in which they are listed: the worst first. `bypasses`: the gateway does not get it. */
export const FINDINGS = {
  bypass: { bypasses: true, text: 'goes to another place than the gateway' },
  unknown_endpoint: { bypasses: true, text: 'goes to the gateway, to a path that no endpoint has' },
  application_missing: { bypasses: true, text: 'names a TwiML app or service that is not there' },
  services_unread: { bypasses: false, text: 'a messaging service that cannot be read may decide' },
  no_url: { bypasses: false, text: 'has no URL: nobody answers' },
  inbound_disabled: { bypasses: false, text: 'is dropped: its messaging service has no URL' },
  fallback_is_gateway: { bypasses: false, text: 'falls back to the gateway itself: no help' },
  no_fallback: { bypasses: false, text: 'has no fallback URL' },
  bad_overrides: { bypasses: false, text: 'has connection overrides that Twilio ignores' },
  uses_get: { bypasses: false, text: 'uses GET: parameters stand in the URL, and in logs' },
  trunk: { bypasses: false, text: 'goes to a SIP trunk: there is no webhook' },
} as const

export type Finding = keyof typeof FINDINGS

/** The findings of one route, in the order of FINDINGS. */
export function findFindings(resource: Resource, route: Route, gateway: GatewayAddress): Finding[] {
  const found = new Set(route.hook ? ofHook(resource, route, route.hook, gateway) : ofNone(route))
  return ORDER.filter((finding) => found.has(finding))
}

const ORDER = Object.keys(FINDINGS).filter(isFinding)

function isFinding(name: string): name is Finding {
  return Object.hasOwn(FINDINGS, name)
}

export const isBypass = (finding: Finding): boolean => FINDINGS[finding].bypasses

function ofNone({ by, channel }: Route): Finding[] {
  switch (by) {
    // Said once, for its calls.
    case 'trunk':
      return channel === 'voice' ? ['trunk'] : []
    case 'missing':
      return ['application_missing']
    case 'unread':
      return ['services_unread']
    case 'disabled':
      return ['inbound_disabled']
    case 'self':
    case 'application':
    case 'service':
    case 'numbers':
      return []
  }
}

function ofHook(resource: Resource, route: Route, hook: Hook, gateway: GatewayAddress): Finding[] {
  const { url, fallbackUrl } = hook
  if (url === null) return ofUnset(resource, route)
  const found: Finding[] = []
  if (!gateway.isOurs(url)) found.push('bypass')
  else if (gateway.endpointOf(url) === null) found.push('unknown_endpoint')
  if (hook.canFallBack && fallbackUrl === null) found.push('no_fallback')
  if (fallbackUrl !== null && gateway.isOurs(fallbackUrl)) found.push('fallback_is_gateway')
  const fallbackUsesGet = fallbackUrl !== null && hook.fallbackMethod === 'GET'
  if (hook.method === 'GET' || fallbackUsesGet) found.push('uses_get')
  if ([url, fallbackUrl].some(hasBadOverrides)) found.push('bad_overrides')
  return found
}

/** A status callback is a choice, and an app need not serve every channel. */
function ofUnset(resource: Resource, { by, channel }: Route): Finding[] {
  if (by === 'disabled') return ['inbound_disabled']
  const isInbound = channel === 'voice' || channel === 'sms'
  return isInbound && resource.kind !== 'application' ? ['no_url'] : []
}

function hasBadOverrides(url: string | null): boolean {
  const fragment = url === null ? null : fragmentOf(url)
  return fragment !== null && !parseOverrides(fragment).ok
}
