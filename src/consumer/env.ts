import type { Lane } from './lane.ts'

/**
 * What the consumer Worker may touch, besides the targets, as wrangler.consumer.toml says. It consumes
 * EVENTS and DEAD and puts back what is still owed. KV holds config (`config:`), outbox (`outbox:`) and
 * large events (`event:`); LEDGER the record; LANES the objects that call the targets.
 */
export interface ConsumerEnv extends Omit<ConsumerBindings, 'LANES'> {
  LANES: DurableObjectNamespace<Lane>
  /** One auth token, or JSON: a key ring for each account. Needed by targets of the format `twilio`. */
  TWILIO_AUTH_TOKENS?: string
  /** The key of the hashes that stand for what the config redacts. */
  REDACT_KEY?: string
  /** `1` in local development, where a target may be plain http or private. Never set by a deploy. */
  SWITCHBOARD_LOCAL?: string
  /** The secrets that the config names. */
  [secret: string]: unknown
}
