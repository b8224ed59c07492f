/** A state folder with a past: what would take days, or more webhooks than a test can send. */
import { join } from 'node:path'
import { Miniflare } from 'miniflare'
import { seedLedger } from '../../bench/console-seed.ts'
import { startRuntime, toWorker } from '../../src/cli/dev/runtime.ts'
import { compileConfig } from '../../src/config/compile.ts'
import type { CompiledConfig } from '../../src/config/compiled.ts'
import { toDocument, toVersion } from '../../src/config/document.ts'
import { createBoundStore } from '../../src/config/published/kv-store.ts'
import { publishDocument, type PublishRequest } from '../../src/config/published/publish.ts'

const HOUR_MS = 3_600_000

export interface CutOff {
  /** Of the job. */
  id: string
  /** Dead for `crm` when it began, and how many of them it has sent. */
  total: number
  sent: number
}

/** A replay in bulk whose runner is not heard of any more, in the time before another takes it up. */
export async function seedCutOff(statePath: string, { id, total, sent }: CutOff): Promise<void> {
  const config = compile({ endpoints: {} })
  const runtime = await startRuntime({
    ports: {},
    statePath,
    configPath: join(statePath, 'seed.json'),
    document: toDocument(config, toVersion(config)),
    secrets: {},
    onLog: () => {},
  })
  try {
    const ledger = await runtime.ledger()
    const [until, replay] = [Date.now(), `'${id}'`]
    await seedLedger(ledger, { events: total, from: until - HOUR_MS, until })
    const statements = [
      `DELETE FROM events WHERE replay IS NOT NULL`,
      `DELETE FROM deliveries`,
      `UPDATE events SET targets = '["crm"]', settled = NULL`,
      `INSERT INTO deliveries
       SELECT seq, 'crm', 'dead', 1, NULL, 'status_422', received_at, '[]' FROM events`,
      `INSERT INTO replay_jobs
       SELECT ${replay}, '{"target":"crm"}', 'running', ${total}, ${sent}, max(seq) - ${total - sent},
              ${until + HOUR_MS}, max(seq), ${until}, 'anna', NULL FROM events`,
      `INSERT INTO events (claim, event_id, replay, owner, lease_until, received_at, recorded_at, kind,
                           source, account, subject, targets)
       SELECT event_id || '~' || ${replay}, event_id, ${replay}, 'seed', 0, received_at, ${until}, kind,
              source, account, subject, targets
       FROM events ORDER BY seq LIMIT ${sent}`,
      `INSERT INTO deliveries
       SELECT seq, 'crm', 'delivered', 1, NULL, NULL, ${until}, '[]'
       FROM events WHERE replay IS NOT NULL`,
    ]
    await ledger.batch(statements.map((sql) => ledger.prepare(sql)))
  } finally {
    await runtime.stop()
  }
}

/** Published one after the other, as `switchboard push` does. */
export async function seedHistory(
  statePath: string,
  published: readonly { config: object; request: PublishRequest }[],
): Promise<void> {
  const env = { KV: { type: 'kv', id: 'switchboard' } as const }
  const miniflare = new Miniflare({
    resourcePersistencePath: statePath,
    workers: [{ config: { ...toWorker('seed', 'export default {}'), env } }],
  })
  try {
    // The same thing, of which both sides have types of their own.
    const kv: unknown = await miniflare.getKVNamespace('KV', 'seed')
    const store = createBoundStore(kv as KVNamespace)
    for (const { config, request } of published) {
      const compiled = compile(config)
      const done = await publishDocument(store, toDocument(compiled, toVersion(compiled)), request)
      if (!done.ok) throw new Error(done.error.reason)
    }
  } finally {
    await miniflare.dispose()
  }
}

function compile(config: object): CompiledConfig {
  const compiled = compileConfig(config, { readFile: () => '', local: true })
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error))
  return compiled.value.config
}
