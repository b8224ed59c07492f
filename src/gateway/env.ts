/** What the gateway Worker may touch. No ledger: its bundle and start-up stay small. */
export interface GatewayEnv {
  /** Tokens (`token:`), config (`config:`), outbox (`outbox:`) and large events (`event:`). */
  KV: KVNamespace
  EVENTS: Queue
  /** One auth token, or JSON: a key ring for each account. Absent: every webhook is refused. */
  TWILIO_AUTH_TOKENS?: string
}
