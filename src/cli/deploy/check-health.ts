/** Asks the deployed gateway how it is until it is well. A new address takes a moment to be known. */
import { askHealth, type AskHealth, type Health } from '../../config/published/health.ts'
import { WorkError } from '../terminal/errors.ts'
import { CLOCK, waitFor, type Clock } from './wait-for.ts'

export type Well = Extract<Health, { kind: 'gateway' }>

export interface HealthOptions {
  url: string
  waitMs: number
  /** What else may be wrong when nobody answers there. */
  hint: string | null
  onAnswer: (text: string) => void
  ask?: AskHealth
  clock?: Clock
}

export async function checkHealth(options: HealthOptions): Promise<Well> {
  const { url, waitMs, hint, onAnswer, clock = CLOCK } = options
  const { ask = () => askHealth(url) } = options
  let last: Health | null = null
  const well = await waitFor(
    async () => {
      last = await ask()
      if (last.kind === 'gateway' && last.problems.length === 0) return last
      onAnswer(toText(last))
      return null
    },
    waitMs,
    clock,
  )
  if (well) return well
  throw new WorkError(`${url}/healthz ${toText(last)} after ${Math.round(waitMs / 1000)} s.`, {
    code: 'gateway_unwell',
    next: hint ?? 'A new address may take some minutes: look at it again in a while.',
  })
}

function toText(health: Health | null): string {
  if (!health) return 'was not asked'
  if (health.kind === 'gateway') return `says: ${health.problems.join('; ')}`
  return health.kind === 'foreign'
    ? `answers ${health.status}, and not as a gateway does`
    : `cannot be reached (${health.reason})`
}
