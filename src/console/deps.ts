/** What the console's routes are given: bindings and everything that is not pure. */
import type { Operations } from '../consumer/operations.ts'
import type { Ledgers } from '../ledger/shards/ledgers.ts'
import type { Log } from '../log.ts'
import type { Audit } from './access/audit.ts'
import type { LiveConfig } from './live-config.ts'

export interface ConsoleDeps {
  /** The first one's: it alone has the console's own tables, and its pauses are those that count. */
  ledger: D1Database
  /** All that have events. */
  ledgers: Ledgers
  kv: KVNamespace
  operations: Service<Operations>
  audit: Audit
  liveConfig: LiveConfig
  log: Log
  /** Milliseconds since the epoch. */
  now: () => number
}
