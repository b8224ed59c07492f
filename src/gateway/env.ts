/**
 * What the gateway Worker may touch, as wrangler.toml says. No ledger: its bundle and start-up stay
 * small. KV holds tokens (`token:`), config (`config:`), outbox (`outbox:`) and large events (`event:`).
 */
export interface GatewayEnv extends Omit<GatewayBindings, 'TWILIO_AUTH_TOKENS'> {
  /** One auth token, or JSON: a key ring for each account. Absent: every webhook is refused. */
  TWILIO_AUTH_TOKENS?: string
  /** `1` in local development: a config counts as soon as it is published. Never set by a deploy. */
  SWITCHBOARD_RELOAD?: string
}
