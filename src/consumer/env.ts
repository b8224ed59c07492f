/**
 * What the consumer Worker may touch, besides the targets, as wrangler.consumer.toml says. It consumes
 * EVENTS and DEAD and puts back what is still owed. KV holds config (`config:`), outbox (`outbox:`) and
 * large events (`event:`).
 */
export interface ConsumerEnv extends ConsumerBindings {
  /** One auth token, or JSON: a key ring for each account. Needed by targets of the format `twilio`. */
  TWILIO_AUTH_TOKENS?: string
  /** The secrets that the config names. */
  [secret: string]: unknown
}
