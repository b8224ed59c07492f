/** Asks the deployed gateway how it is until it is well. A new address takes a moment to be known. */
import type { AskHealth, Health } from '../../config/published/health.ts'
import { isWell, waitForGateway, type GatewayHealth } from '../cloudflare/wait-for-gateway.ts'
import type { Clock } from '../cloudflare/wait-for.ts'
import { WorkError } from '../terminal/errors.ts'

export interface HealthOptions {
  url: string
  waitMs: number
  /** What else may be wrong when nobody answers there. */
  hint: string | null
  onAnswer: (text: string) => void
  ask?: AskHealth
  clock?: Clock
}

export async function checkHealth(options: HealthOptions): Promise<GatewayHealth> {
  const { url: origin, waitMs, hint, onAnswer, ...rest } = options
  const { isReached, health } = await waitForGateway({
    origin,
    until: isWell,
    waitMs,
    onAnswer: (answer) => onAnswer(toText(answer)),
    ...rest,
  })
  if (isReached) return health
  throw new WorkError(`${origin}/healthz ${toText(health)} after ${Math.round(waitMs / 1000)} s.`, {
    code: 'gateway_unwell',
    next: hint ?? 'A new address may take some minutes: look at it again in a while.',
  })
}

function toText(health: Health): string {
  if (health.kind === 'gateway') return `says: ${health.problems.join('; ')}`
  return health.kind === 'foreign'
    ? `answers ${health.status}, and not as a gateway does`
    : `cannot be reached (${health.reason})`
}
