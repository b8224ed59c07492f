/** The question to the ledger, asked of SQLite with the real tables. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { beforeEach, describe, expect, it } from 'vitest'
import type { D1Database } from '../../../src/cli/cloudflare/d1.ts'
import { QUIET_MS, readKeyUse } from '../../../src/cli/rotate/record.ts'

const MIGRATIONS = join(import.meta.dirname, '../../../migrations')
const AC1 = `AC${'1'.repeat(32)}`
const AC2 = `AC${'2'.repeat(32)}`
const NOW = 1_800_000_000_000
const PROMOTED_AT = NOW - 60_000

let db: DatabaseSync
let seq: number

beforeEach(() => {
  db = new DatabaseSync(':memory:')
  for (const name of readdirSync(MIGRATIONS).toSorted()) {
    db.exec(readFileSync(join(MIGRATIONS, name), 'utf8'))
  }
  seq = 0
})

interface Event {
  keyName?: string
  at?: number
  account?: string | null
  replay?: string | null
  message?: string
}

function add({ keyName, at = NOW, account = AC1, replay = null, message }: Event): void {
  const id = `evt_${++seq}`
  db.prepare(
    `INSERT INTO events (seq, claim, event_id, replay, owner, lease_until, received_at, recorded_at, account, targets,
                         key_name, message)
     VALUES (?, ?, ?, ?, '', 0, ?, ?, ?, '[]', ?, ?)`,
  ).run(seq, id, id, replay, at, at, account, keyName ?? null, message ?? '{}')
}

const ledger: D1Database = {
  query: async (sql, params, row) =>
    db
      .prepare(sql)
      .all(...params)
      .map((each) => row.parse({ ...each })),
}

const read = (account: string | null = null, promotedAt = PROMOTED_AT) =>
  readKeyUse(ledger, { account, promotedAt, now: NOW })

describe('readKeyUse', () => {
  it('says nothing of an empty ledger', async () => {
    expect(await read()).toEqual([])
  })

  it('counts since the promotion, and still sees the quarter of an hour before it', async () => {
    add({ keyName: 'primary', at: NOW - QUIET_MS - 1 })
    add({ keyName: 'primary', at: PROMOTED_AT - 1 })
    add({ keyName: 'next', at: PROMOTED_AT })
    add({ keyName: 'next', at: NOW })
    expect(await read()).toEqual([
      { name: 'next', count: 2, lastSeenAt: NOW },
      { name: 'primary', count: 0, lastSeenAt: PROMOTED_AT - 1 },
    ])
  })

  it('adds up what several ledgers say of a key', async () => {
    add({ keyName: 'primary', at: PROMOTED_AT - 1 })
    add({ keyName: 'next', at: PROMOTED_AT })
    const twice: D1Database = {
      query: async (...question) => [
        ...(await ledger.query(...question)),
        ...(await ledger.query(...question)),
      ],
    }
    expect(await readKeyUse(twice, { account: null, promotedAt: PROMOTED_AT, now: NOW })).toEqual([
      { name: 'next', count: 2, lastSeenAt: PROMOTED_AT },
      { name: 'primary', count: 0, lastSeenAt: PROMOTED_AT - 1 },
    ])
  })

  it('looks back to a promotion that is long past', async () => {
    const promotedAt = NOW - 10 * QUIET_MS
    add({ keyName: 'primary', at: promotedAt - 1 })
    add({ keyName: 'primary', at: promotedAt })
    expect(await read(null, promotedAt)).toEqual([
      { name: 'primary', count: 1, lastSeenAt: promotedAt },
    ])
  })

  it('says that it does not know the key of some', async () => {
    add({})
    add({ message: 'not JSON' })
    expect(await read()).toEqual([{ name: null, count: 2, lastSeenAt: NOW }])
  })

  it('leaves replays out: nobody signed them again', async () => {
    add({ keyName: 'primary', replay: 'rpl_1' })
    expect(await read()).toEqual([])
  })

  it('keeps accounts apart when it is told to', async () => {
    add({ keyName: 'primary', account: AC2 })
    add({ keyName: 'primary', account: null })
    add({ keyName: 'next', account: AC1 })
    expect((await read(AC1)).map(({ name }) => name)).toEqual(['next'])
    expect(await read()).toHaveLength(2)
  })
})
