/**
 * The config as `dev` uses it: the user's, with what the options put in its place. Pure.
 */
import type { CompiledConfig, CompiledTarget } from '../../config/compiled.ts'

export interface StandIns {
  /** The origin of a tunnel; null: as the config says. */
  publicUrl: string | null
  /** Gets every event of Twilio's instead of the config's targets; null: those do. */
  target: CompiledTarget | null
}

export function toLocalConfig(
  config: CompiledConfig,
  { publicUrl, target }: StandIns,
): CompiledConfig {
  return {
    ...config,
    ...(publicUrl !== null && { publicUrl }),
    ...(target && { targets: [target] }),
  }
}

/** What the Workers know the secrets of the two by. */
export const SAMPLE_SECRET = 'SAMPLE_SIGNING_SECRET'
export const FORWARD_SECRET = 'FORWARD_SIGNING_SECRET'

export const FORWARD_FORMATS = ['cloudevents', 'twilio'] as const
export type ForwardFormat = (typeof FORWARD_FORMATS)[number]

/** A developer is watching: what fails is tried again soon, and given up soon. */
const FORWARD_RETRY_MS = [1_000, 5_000, 30_000]

export function toSampleTarget(url: string): CompiledTarget {
  return { ...BASE, name: 'sample', url, secrets: [SAMPLE_SECRET] }
}

export function toForwardTarget(url: string, format: ForwardFormat): CompiledTarget {
  const secrets = format === 'cloudevents' ? [FORWARD_SECRET] : []
  return { ...BASE, name: 'forward', url, format, secrets, retryMs: FORWARD_RETRY_MS }
}

const BASE: Omit<CompiledTarget, 'name' | 'url' | 'secrets'> = {
  events: ['*'],
  where: null,
  format: 'cloudevents',
  timeoutMs: 10_000,
  retryMs: [],
  rate: null,
  headers: {},
  bearer: null,
}
