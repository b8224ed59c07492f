/** What the consumer Worker may touch, besides the targets: wrangler.consumer.toml. */
export interface ConsumerEnv {
  /** The queue that it consumes and puts what is still owed back into. */
  EVENTS: Queue
  /** The dead-letter queue, which it consumes as well. */
  DEAD: Queue
  LEDGER: D1Database
  /** Config (`config:`), outbox (`outbox:`) and large events (`event:`). */
  KV: KVNamespace
  /** One auth token, or JSON: a key ring for each account. Needed by targets of the format `twilio`. */
  TWILIO_AUTH_TOKENS?: string
  /** The secrets that the config names. */
  [secret: string]: unknown
}
