/**
 * Asks a deployed gateway again and again until it is as it should be, for a bounded time.
 *
 * One answer is one isolate in one place: others may need a little longer. Asking helps, too: an isolate
 * looks for a new config when somebody calls it.
 */
import { askHealth, type AskHealth, type Health } from '../../config/published/health.ts'
import { CLOCK, waitFor, type Clock } from './wait-for.ts'

/** Anything that is a gateway's answer, well or not. */
export type GatewayHealth = Extract<Health, { kind: 'gateway' }>

export interface GatewayWait {
  origin: string
  /** What it should be like. */
  until: (health: GatewayHealth) => boolean
  waitMs: number
  /** Each answer that is not as it should be. */
  onAnswer?: (health: Health) => void
  ask?: AskHealth
  clock?: Clock
}

export type Awaited =
  | { isReached: true; health: GatewayHealth }
  /** The last answer, when the time was over. */
  | { isReached: false; health: Health }

export async function waitForGateway(wait: GatewayWait): Promise<Awaited> {
  const { origin, until, waitMs, onAnswer, clock = CLOCK } = wait
  const { ask = () => askHealth(origin) } = wait
  let last: Health = { kind: 'unreachable', reason: 'it was not asked' }
  const health = await waitFor(
    async () => {
      last = await ask()
      if (last.kind === 'gateway' && until(last)) return last
      onAnswer?.(last)
      return null
    },
    waitMs,
    clock,
  )
  return health ? { isReached: true, health } : { isReached: false, health: last }
}

export const isWell = ({ problems }: GatewayHealth): boolean => problems.length === 0
