import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { openAccount } from '../../../src/cli/simulate/account.ts'
import { toSummary, type Sent } from '../../../src/cli/simulate/summary.ts'

const folder = mkdtempSync(join(tmpdir(), 'account-'))
afterAll(() => rmSync(folder, { recursive: true }))

const SENT: Sent = {
  conversation: 0,
  story: 'events',
  kind: 'event-streams',
  token: 'one',
  enemy: null,
  attempt: 1,
  place: 'tokyo',
  key: 'promoted',
  atMs: 10,
  sid: null,
  streamed: ['EZ1', 'EZ2'],
  isLast: true,
  status: 204,
  loss: null,
  durationMs: 4,
  isGood: true,
  code: null,
  answer: 'x',
}

it('openAccount: each line stands when it has been written, and replaces another account', () => {
  const path = join(folder, 'account.jsonl')
  const start = { seed: 's', gateway: 'http://127.0.0.1', account: 'AC1', count: 1, rate: 1 }
  const read = () =>
    readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
  openAccount(path, start).end(toSummary([]))
  const account = openAccount(path, start)
  account.sent(SENT)
  expect(read()).toEqual([
    { event: 'simulate.started', ...start },
    { event: 'simulate.sent', ...SENT },
  ])
  account.end(toSummary([SENT]))
  expect(read().at(-1)).toMatchObject({ event: 'simulate.ended', ok: true, sent: 1, wrong: [] })
})
