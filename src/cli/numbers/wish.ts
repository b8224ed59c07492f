/** What the chosen resources should look like afterwards. Pure. */
import type { GatewayAddress } from './gateway-address.ts'
import type { TargetChannel } from './guess-endpoint.ts'
import { fragmentOf, parseOverrides } from './overrides.ts'
import { FIELD_NAMES, type Channel, type Fields, type Resource, type Slot } from './resource.ts'

export interface Target {
  /** Of the gateway, without a fragment. */
  url: string
  /** The path was given, not guessed: it also replaces another endpoint of the gateway. */
  isChosen: boolean
}

export interface Wish {
  /** Null: this channel is left alone. */
  targets: Record<TargetChannel, Target | null>
  /** Null: whatever fallback there is stays. */
  fallbacks: { voice: string | null; sms: string | null }
  /** Connection overrides; null: none. */
  overrides: string | null
}

export function targetOf({ targets }: Wish, channel: Channel): Target | null {
  return targets[channel === 'message-status' ? 'status' : channel]
}

/** The fields that have to change; none: it is as it should be. */
export function toChangedFields(
  { fields }: Resource,
  slot: Slot,
  wish: Wish,
  gateway: GatewayAddress,
): Fields {
  const target = targetOf(wish, slot.channel)
  if (target === null) return {}
  const set: Fields = { [slot.url]: toUrl(fields[slot.url] ?? null, target, wish, gateway) }
  if (slot.method) set[slot.method] = toMethod(fields[slot.method] ?? null)
  const fallback = fallbackOf(wish, slot.channel)
  if (slot.fallbackUrl && fallback !== null) {
    set[slot.fallbackUrl] = fallback
    if (slot.fallbackMethod)
      set[slot.fallbackMethod] = toMethod(fields[slot.fallbackMethod] ?? null)
  }
  for (const name of FIELD_NAMES) if (set[name] === (fields[name] ?? null)) delete set[name]
  return set
}

/**
 * A query is not carried over: what it told the old app means nothing to the gateway. A URL that is an
 * endpoint of the gateway already keeps its path: somebody chose it.
 */
function toUrl(now: string | null, target: Target, wish: Wish, gateway: GatewayAddress): string {
  const { overrides } = wish
  const end = overrides === null ? '' : `#${overrides}`
  if (now === null || target.isChosen || gateway.endpointOf(now) === null) return target.url + end
  const fragment = fragmentOf(now)
  if (fragment !== null && parseOverrides(fragment).ok) return now
  return now.replace(/#.*/s, '') + end
}

/** One that Twilio does not tell is POST already, and could not be put back. */
const toMethod = (now: string | null): string | null => (now === null ? null : 'POST')

export function fallbackOf({ fallbacks }: Wish, channel: Channel): string | null {
  return channel === 'voice' || channel === 'sms' ? fallbacks[channel] : null
}
