/** Who sends, to where. */
import { toPlaces } from '../../src/cli/simulate/aim.ts'
import { DEFAULT_MIX, type Mix } from '../../src/cli/simulate/mix.ts'
import { DEFAULT_OVERRIDES, parseOverrides } from '../../src/cli/simulate/overrides.ts'
import type { Conversation } from '../../src/cli/simulate/plan.ts'
import { planConversations } from '../../src/cli/simulate/plan.ts'

export const TOKEN = '0123456789abcdef0123456789abcdef'
export const SIGNER = { account: `AC${'0'.repeat(32)}`, token: TOKEN }
const PATHS = { sms: '/sms', voice: '/voice', status: '/status', fallback: '/fallback' }

export const toAim = (gatewayUrl: string) => toPlaces(gatewayUrl, PATHS)

/** As in `switchboard simulate`, enemies included. */
export const MIX: Mix = DEFAULT_MIX

export function planTraffic(
  gatewayUrl: string,
  { rate, seconds, seed }: { rate: number; seconds: number; seed: string },
): Conversation[] {
  const count = Math.max(1, Math.round(rate * seconds))
  return planConversations({ seed, count, rate, mix: MIX, places: toAim(gatewayUrl) })
}

export function toOverrides() {
  const overrides = parseOverrides(DEFAULT_OVERRIDES)
  if (!overrides) throw new Error('the overrides of the simulator are none')
  return overrides
}
