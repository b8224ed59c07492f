/** What the console's routes are given: bindings and everything that is not pure. */
import type { Operations } from '../consumer/operations.ts'
import type { Log } from '../log.ts'
import type { Audit } from './access/audit.ts'
import type { LiveConfig } from './live-config.ts'

export interface ConsoleDeps {
  ledger: D1Database
  kv: KVNamespace
  operations: Service<Operations>
  audit: Audit
  liveConfig: LiveConfig
  log: Log
  /** Milliseconds since the epoch. */
  now: () => number
}
