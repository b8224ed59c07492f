import type { Operations } from '../consumer/operations.ts'

/**
 * What the console Worker may touch, as wrangler.console.toml says: the ledger, to read and for its own
 * tables; KV, for the config (`config:`) and large events (`event:`); the consumer, for everything that
 * is done to targets and events.
 */
export interface ConsoleEnv extends Omit<ConsoleBindings, 'CONSUMER'> {
  CONSUMER: Service<Operations>
  /** One password, or JSON: users with passwords and roles. */
  CONSOLE_PASSWORDS?: string
  /** JSON: the team and the audience of Cloudflare Access, and who is an operator. */
  CONSOLE_ACCESS?: string
  /** `1` in local development, where everyone on this machine is an operator. Never set by a deploy. */
  SWITCHBOARD_LOCAL?: string
  /** `1` in local development: a config counts as soon as it is published. Never set by a deploy. */
  SWITCHBOARD_RELOAD?: string
}
