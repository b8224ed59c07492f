/** A real D1 with the project's migrations, and rows for it. */
import { env } from 'cloudflare:workers'
import { packMessage, toReadableSql, toStoredSql, toText } from '../../src/ledger/message-text.ts'

declare global {
  interface ImportMeta {
    /** Vite's import of all files of a pattern, here as text. */
    glob(
      pattern: string,
      options: { query: '?raw'; import: 'default'; eager: true },
    ): Record<string, string>
  }
}

export const NOW = Date.parse('2026-11-20T10:00:00.000Z')
export const HOUR_MS = 3_600_000
export const DAY_MS = 24 * HOUR_MS

export const db = toDatabase(env)

/** The `consumer` project runs with the bindings of wrangler.consumer.toml. */
function toDatabase(bindings: object): D1Database {
  if (!('LEDGER' in bindings)) throw new Error('run this with --project consumer')
  return bindings.LEDGER as D1Database
}

export interface Migration {
  /** The file's name. */
  name: string
  sql: string
}

/** All of migrations/, in the order in which they are applied. */
export const MIGRATIONS: readonly Migration[] = Object.entries(
  import.meta.glob('../../migrations/*.sql', { query: '?raw', import: 'default', eager: true }),
)
  .map(([path, sql]) => ({ name: path.slice(path.lastIndexOf('/') + 1), sql }))
  .toSorted((a, b) => (a.name < b.name ? -1 : 1))

/** Each file whole: SQLite runs its statements one behind the other. */
export async function migrate(migrations: readonly Migration[] = MIGRATIONS): Promise<void> {
  for (const { sql } of migrations) await db.prepare(sql).run()
}

export type Row = Record<string, unknown>

export async function readAll(sql: string, ...values: unknown[]): Promise<Row[]> {
  const { results } = await db
    .prepare(sql)
    .bind(...values)
    .all<Row>()
  return results
}

/** Rows of a table by their columns' names, in one statement. */
export async function insertRows(table: string, rows: readonly Row[]): Promise<D1Meta> {
  const columns = Object.keys(rows[0] ?? {})
  const values = columns.map((name) => `value ->> '${name}'`)
  const { meta } = await db
    .prepare(
      `INSERT INTO ${table} (${columns.join(', ')}) SELECT ${values.join(', ')} FROM json_each(?1)`,
    )
    .bind(JSON.stringify(rows))
    .run()
  return meta
}

/** The messages of events that are there, as the ledger stores them. */
export async function storeMessages(
  messages: readonly { seq: number; message: string }[],
): Promise<void> {
  const rows = messages.map(({ seq, message }) => ({ seq, ...packMessage(message) }))
  const sql = `
    UPDATE events SET message = ${toStoredSql('value')} FROM json_each(?1)
    WHERE events.seq = value ->> 'seq'`
  await db.prepare(sql).bind(JSON.stringify(rows)).run()
}

/** The column `message` of a row, to be read by withText. */
export const MESSAGE = `${toReadableSql('message')} AS message`

export const withText = <T extends object>(row: T): T =>
  'message' in row && row.message !== null ? { ...row, message: toText(String(row.message)) } : row

/** What the ledger has stored, as text, in the order of the events. */
export async function readMessages(): Promise<string[]> {
  const rows = await readAll(`SELECT ${MESSAGE} FROM events WHERE message IS NOT NULL ORDER BY seq`)
  return rows.map((row) => String(withText(row)['message']))
}

/** One that nobody has in hand, recorded when it was received. */
export function toEventRow(seq: number, changes: Row = {}): Row {
  const recordedAt = changes['recorded_at'] ?? NOW
  return {
    seq,
    claim: `evt_${seq}`,
    event_id: `evt_${seq}`,
    replay: null,
    owner: '',
    lease_until: 0,
    received_at: recordedAt,
    recorded_at: recordedAt,
    kind: null,
    source: null,
    account: null,
    subject: null,
    targets: '["crm"]',
    ...changes,
  }
}

export function toDeliveryRow(seq: number, target: string, changes: Row = {}): Row {
  return {
    seq,
    target,
    status: 'delivered',
    attempts: 0,
    next_at: null,
    reason: null,
    updated_at: NOW,
    history: '[]',
    ...changes,
  }
}

/** Numbers from the first to the last. */
export const range = (first: number, last: number): number[] =>
  Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i)

/** The `seq` of all rows of a table. */
export const readSeqs = async (table: string): Promise<unknown[]> =>
  (await readAll(`SELECT DISTINCT seq FROM ${table} ORDER BY seq`)).map(({ seq }) => seq)

/** A database that counts what its statements cost. */
export function createMeter(): { db: D1Database; cost: { read: number; written: number } } {
  const cost = { read: 0, written: 0 }
  const count = <T>(result: D1Result<T>): D1Result<T> => {
    cost.read += result.meta.rows_read
    cost.written += result.meta.rows_written
    return result
  }
  const statements = new WeakMap<object, D1PreparedStatement>()
  const meter = (statement: D1PreparedStatement): D1PreparedStatement => {
    const metered = {
      bind: (...values: unknown[]) => meter(statement.bind(...values)),
      run: async () => count(await statement.run()),
      all: async () => count(await statement.all()),
      first: async () => count(await statement.all()).results[0] ?? null,
    } as unknown as D1PreparedStatement
    statements.set(metered, statement)
    return metered
  }
  const metered = {
    prepare: (sql: string) => meter(db.prepare(sql)),
    batch: async (batch: D1PreparedStatement[]) =>
      (await db.batch(batch.map((one) => statements.get(one) ?? one))).map(count),
  } as unknown as D1Database
  return { db: metered, cost }
}
