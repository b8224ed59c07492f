/**
 * From any version of the schema to the newest, with rows in place. A new migration needs an entry in
 * VERSIONS: rows as that version has them, and what must become of them.
 */
import { toStatements } from '../../src/cli/dev/sql-statements.ts'
import { reset } from 'cloudflare:test'
import { afterEach, describe, expect, it } from 'vitest'
import {
  db,
  insertRows,
  migrate,
  MIGRATIONS,
  NOW,
  range,
  readAll,
  toDeliveryRow,
  toEventRow,
  type Row,
} from './harness.ts'

afterEach(() => reset())

/** Tables and their rows. */
type Content = Record<string, Row[]>

interface Version {
  /** The migration that makes it; '' before the first. */
  name: string
  before: Content
  /** Of the newest version. */
  after: Content
}

const MESSAGE = {
  v: 1,
  event: {
    id: 'evt_1',
    source: '/endpoints/sms',
    account: 'AC00000000000000000000000000000001',
    subject: 'SM00000000000000000000000000000001',
    data: { body: 'Köln "✓" \u{1F600} it\'s; \\ \n--' },
  },
}
const WHOLE = JSON.stringify(MESSAGE)
const SIGNED = JSON.stringify({ ...MESSAGE, request: { keyName: 'next' } })
const BARE = JSON.stringify({ v: 1, event: { id: 'evt_3' } })
const REFERENCE = '{"v":1,"ref":"event:evt_4"}'
const CUT_OFF = '{"v":1,"event":{"id":"Köln ✓'

const ATTEMPT = { at: NOW, durationMs: 120, status: 200, verdict: 'delivered', reason: null }
const CLEAN = JSON.stringify({ ...ATTEMPT, excerpt: 'ok', nextAt: null })

const DEAD = { event_id: 'evt_1', kind: 'messaging.inbound', attempts: 9, message: WHOLE }
const at = (ms: number) => new Date(NOW + ms).toISOString()

const DEAD_DELIVERIES: Row[] = [
  // Two targets of one event; the second died first.
  { ...DEAD, target: 'crm', reason: 'status_500', dead_at: at(1_007) },
  { ...DEAD, target: 'erp', reason: 'timeout', attempts: 3, dead_at: at(999) },
  // Any target, and a message that names no account.
  {
    ...DEAD,
    event_id: 'evt_3',
    target: '*',
    reason: 'retries_exhausted',
    message: BARE,
    dead_at: at(3_000),
  },
  {
    ...DEAD,
    event_id: 'evt_4',
    target: 'crm',
    reason: 'target_gone',
    kind: null,
    message: REFERENCE,
    dead_at: at(4_000),
  },
  // Nobody could read them: no JSON, and JSON that is no object.
  {
    event_id: 'unreadable_1',
    target: '*',
    kind: null,
    reason: 'unreadable_json',
    attempts: 0,
    message: CUT_OFF,
    dead_at: at(-1),
  },
  {
    event_id: 'unreadable_2',
    target: '*',
    kind: null,
    reason: 'unreadable_shape',
    attempts: 0,
    message: '["x"]',
    dead_at: at(2_000),
  },
]

/** With what came with 0004: the message in the event's row. */
const withMessage = (event: Row, message: string | null, keyName: string | null = null): Row => ({
  ...event,
  settled: null,
  key_name: keyName,
  message,
})

/** Nobody can say it of an event that an older version recorded. */
const toUndescribed = (event: Row): Row => ({
  ...event,
  from_address: null,
  to_address: null,
  thread: null,
  took_ms: null,
})

/** What is known of an event of which only the dead deliveries were. */
const toMigrated = (seq: number, id: string, ms: number, targets: string[], known: Row = {}) =>
  toUndescribed(
    toEventRow(seq, {
      claim: id,
      event_id: id,
      recorded_at: NOW + ms,
      targets: JSON.stringify(targets),
      ...known,
    }),
  )

const { source, account, subject } = MESSAGE.event
const toDead = (seq: number, target: string, ms: number, known: Row) =>
  toDeliveryRow(seq, target, { status: 'dead', updated_at: NOW + ms, ...known })

const CLAIMED = toEventRow(7, {
  claim: 'evt_7~rpl_1',
  replay: 'rpl_1',
  owner: 'm1',
  lease_until: NOW,
})
const LEDGER: Content = {
  events: [CLAIMED],
  payloads: [{ seq: 7, message: SIGNED }],
  deliveries: [
    toDeliveryRow(7, 'crm', {
      status: 'waiting',
      reason: 'status_500',
      next_at: NOW,
      history: JSON.stringify([{ at: NOW, status: 500 }]),
    }),
  ],
  paused_targets: [{ name: 'crm', paused_at: NOW, reason: 'target_gone' }],
  cursors: [{ name: 'patrol', seq: 3 }],
}

/** What came with the console. */
const NO_CONSOLE: Content = {
  replies: [],
  replay_jobs: [],
  audit: [],
  api_tokens: [],
  login_failures: [],
}

const NOTHING: Content = {
  events: [],
  deliveries: [],
  paused_targets: [],
  cursors: [],
  ...NO_CONSOLE,
}

function withoutPayloads(content: Content): Content {
  const { payloads: _, ...others } = content
  return others
}

const DESCRIBED = [
  { ...toEventRow(8), from_address: '+1', to_address: 'sip:a@b', thread: 'CA1', took_ms: 40 },
  toUndescribed(toEventRow(10, { replay: 'rpl_1' })),
]
const CONSOLE: Content = {
  events: DESCRIBED,
  replies: [{ event_id: 'evt_8', at: NOW, took_ms: 3_000, answer: '{"status":200}' }],
  replay_jobs: [
    {
      id: 'rpl_1',
      filter: '{}',
      state: 'done',
      total: 1,
      sent: 1,
      after_seq: 7,
      lease_until: 0,
      start_seq: 7,
      created_at: NOW,
      created_by: 'ada',
      ended_at: null,
    },
  ],
  audit: [
    {
      id: 1,
      at: NOW,
      actor: 'ada',
      via: 'access',
      action: 'target.pause',
      subject: 'crm',
      details: '{}',
      outcome: 'done',
    },
  ],
  api_tokens: [
    {
      id: 'tok_1',
      name: 'ci',
      role: 'viewer',
      hash: '00',
      created_at: NOW,
      created_by: 'ada',
      expires_at: null,
      revoked_at: null,
    },
  ],
  login_failures: [{ key: 'all', window: NOW, count: 2 }],
}

/** As the newest version has them: they stay as they are. */
const NEWEST: Content = {
  events: [
    { ...withMessage(toUndescribed(toEventRow(11)), WHOLE), settled: `{"crm":${CLEAN}}` },
    withMessage(toUndescribed(toEventRow(12)), null, 'primary'),
  ],
}

const VERSIONS: Version[] = [
  { name: '', before: {}, after: NOTHING },
  {
    name: '0001_dead_deliveries.sql',
    before: { dead_deliveries: DEAD_DELIVERIES },
    after: {
      ...NOTHING,
      // In the order in which they died.
      events: [
        toMigrated(1, 'unreadable_1', -1, ['*']),
        toMigrated(2, 'evt_1', 999, ['crm', 'erp'], {
          kind: 'messaging.inbound',
          source,
          account,
          subject,
        }),
        toMigrated(3, 'unreadable_2', 2_000, ['*']),
        toMigrated(4, 'evt_3', 3_000, ['*'], { kind: 'messaging.inbound' }),
        toMigrated(5, 'evt_4', 4_000, ['crm']),
      ].map((event, i) =>
        withMessage(event, [CUT_OFF, WHOLE, '["x"]', BARE, REFERENCE][i] ?? null),
      ),
      deliveries: [
        toDead(1, '*', -1, { reason: 'unreadable_json' }),
        toDead(2, 'crm', 1_007, { reason: 'status_500', attempts: 9 }),
        toDead(2, 'erp', 999, { reason: 'timeout', attempts: 3 }),
        toDead(3, '*', 2_000, { reason: 'unreadable_shape' }),
        toDead(4, '*', 3_000, { reason: 'retries_exhausted', attempts: 9 }),
        toDead(5, 'crm', 4_000, { reason: 'target_gone', attempts: 9 }),
      ],
    },
  },
  {
    name: '0002_ledger.sql',
    before: LEDGER,
    after: {
      ...withoutPayloads(LEDGER),
      ...NO_CONSOLE,
      events: [withMessage(toUndescribed(CLAIMED), SIGNED, 'next')],
    },
  },
  {
    name: '0003_console.sql',
    before: {
      ...CONSOLE,
      payloads: [
        { seq: 8, message: SIGNED },
        // Of an event that is gone.
        { seq: 9, message: WHOLE },
      ],
    },
    after: {
      ...NOTHING,
      ...CONSOLE,
      // What is without a message stays without.
      events: DESCRIBED.map((event, i) =>
        i === 0 ? withMessage(event, SIGNED, 'next') : withMessage(event, null),
      ),
    },
  },
  { name: '0004_one_row.sql', before: NEWEST, after: { ...NOTHING, ...NEWEST } },
]

const SCHEMA = `
  SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE '\\_cf\\_%' ESCAPE '\\' ORDER BY name`

/** Without comments and line breaks, which are kept or not with the way in which a file is run. */
async function readSchema(): Promise<Row[]> {
  const rows = await readAll(SCHEMA)
  return rows.map(({ sql, ...row }) => ({
    ...row,
    sql: typeof sql === 'string' ? sql.replaceAll(/--.*$/gm, '').replaceAll(/\s+/g, ' ') : null,
  }))
}

/** All tables of the project; `ORDER BY 1, 2`: each has at least two columns. */
async function readContent(): Promise<Content> {
  const tables = await readAll(`SELECT name FROM (${SCHEMA}) WHERE type = 'table'`)
  const contents = tables.map(async ({ name }) => [
    String(name),
    await readAll(`SELECT * FROM ${String(name)} ORDER BY 1, 2`),
  ])
  return Object.fromEntries(await Promise.all(contents))
}

async function fill(content: Content): Promise<void> {
  for (const [table, rows] of Object.entries(content)) await insertRows(table, rows)
}

describe('the migrations', () => {
  it('each have their rows here', () => {
    expect(VERSIONS.map(({ name }) => name)).toEqual(['', ...MIGRATIONS.map(({ name }) => name)])
  })

  it.each(
    VERSIONS.map((version, applied) => [version.name || 'nothing', applied, version] as const),
  )('bring the rows of %s to the newest version', async (_, applied, { before, after }) => {
    await migrate(MIGRATIONS.slice(0, applied))
    await fill(before)
    await migrate(MIGRATIONS.slice(applied))
    expect(await readContent()).toEqual(after)
  })

  it.each(VERSIONS.map(({ name }, applied) => [name || 'nothing', applied] as const))(
    'make of %s the schema that they make of nothing, and leave foreign things alone',
    async (_, applied) => {
      const foreign = [
        `CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY, name TEXT)`,
        `CREATE TABLE notes (id INTEGER PRIMARY KEY, note TEXT)`,
        `CREATE INDEX notes_by_note ON notes (note)`,
        `CREATE VIEW loud_notes AS SELECT upper(note) AS note FROM notes`,
      ]
      await migrate(MIGRATIONS.slice(0, applied))
      for (const statement of foreign) await db.prepare(statement).run()
      await insertRows('notes', [{ note: 'dead_deliveries' }])
      await migrate(MIGRATIONS.slice(applied))
      const schema = await readSchema()
      expect(await readAll('SELECT * FROM loud_notes')).toEqual([{ note: 'DEAD_DELIVERIES' }])

      await reset()
      for (const statement of foreign) await db.prepare(statement).run()
      await migrate()
      expect(schema).toEqual(await readSchema())
    },
  )

  it('mean the same one statement at a time', async () => {
    const fillAfter = async (name: string) =>
      fill(VERSIONS.find((version) => version.name === name)?.before ?? {})
    for (const { name, sql } of MIGRATIONS) {
      await db.batch(toStatements(sql).map((statement) => db.prepare(statement)))
      await fillAfter(name)
    }
    const [schema, content] = [await readSchema(), await readContent()]

    await reset()
    for (const migration of MIGRATIONS) {
      await migrate([migration])
      await fillAfter(migration.name)
    }
    expect(schema).toEqual(await readSchema())
    expect(content).toEqual(await readContent())
  })
})

describe('the schema', () => {
  const EVENTS = range(1, 100).map((seq) => toEventRow(seq))
  const toDeliveries = (status: string) =>
    range(1, 100).map((seq) => toDeliveryRow(seq, 'crm', { status, next_at: NOW }))

  it('takes 3 rows written for an event that its targets take at once, indexes included', async () => {
    await migrate()
    const metas = [
      await insertRows(
        'events',
        EVENTS.map((event) => ({ ...event, message: WHOLE })),
      ),
      (await db.prepare(`UPDATE events SET settled = '{"crm":${CLEAN},"erp":${CLEAN}}'`).run())
        .meta,
      (await db.prepare('DELETE FROM events').run()).meta,
    ]
    expect(metas.map((meta) => meta.rows_written)).toEqual([200, 100, 100])
  })

  it('takes one more for a delivery that waits', async () => {
    await migrate()
    expect(await insertRows('deliveries', toDeliveries('waiting'))).toMatchObject({
      rows_written: 200,
    })
  })

  it('shows each attempt as a row', async () => {
    await migrate()
    const attempt = {
      at: NOW,
      durationMs: 120,
      status: 500,
      verdict: 'retry',
      reason: 'status_500',
      excerpt: 'Oops',
      nextAt: NOW + 5_000,
    }
    const history = [attempt, { ...attempt, status: null, verdict: 'dead', nextAt: null }]
    await fill({
      events: [toEventRow(2, { settled: `{"crm":${CLEAN}}` })],
      deliveries: [
        toDeliveryRow(1, 'crm', { history: JSON.stringify(history) }),
        toDeliveryRow(1, 'erp'),
      ],
    })
    const row = {
      seq: 1,
      target: 'crm',
      number: 1,
      at: NOW,
      duration_ms: 120,
      status: 500,
      verdict: 'retry',
      reason: 'status_500',
      excerpt: 'Oops',
      next_at: NOW + 5_000,
    }
    expect(await readAll('SELECT * FROM attempts ORDER BY seq, number')).toEqual([
      row,
      { ...row, number: 2, status: null, verdict: 'dead', next_at: null },
      {
        ...row,
        ...{
          seq: 2,
          status: 200,
          verdict: 'delivered',
          reason: null,
          excerpt: 'ok',
          next_at: null,
        },
      },
    ])
  })

  it.each([
    ['a claim twice', 'events', [toEventRow(1), toEventRow(2, { claim: 'evt_1' })]],
    ['a status of another name', 'deliveries', [toDeliveryRow(1, 'crm', { status: 'lost' })]],
  ])('refuses %s', async (_, table, rows) => {
    await migrate()
    await expect(insertRows(table, rows)).rejects.toThrow('SQLITE_CONSTRAINT')
  })
})
