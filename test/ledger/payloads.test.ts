import { reset } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createDeadRows } from '../../src/ledger/dead-letters.ts'
import { db, migrate, NOW } from './harness.ts'
import { claimNew, ledger, toClaimRequest, toDeadRow } from './requests.ts'

beforeEach(() => migrate())
afterEach(() => reset())

const read = async (...ids: string[]) => Object.fromEntries(await ledger.payloads(ids))

describe('payloads', () => {
  it('gives the messages of the events that are asked for', async () => {
    await ledger.claim(
      ['evt_1', 'evt_2', 'evt_3'].map((claim) =>
        toClaimRequest({ claim, payload: `"${claim} ✓\\u0000"` }),
      ),
      NOW,
    )
    expect(await read('evt_3', 'evt_1')).toEqual({
      evt_1: '"evt_1 ✓\\u0000"',
      evt_3: '"evt_3 ✓\\u0000"',
    })
  })

  it('leaves out what is not there', async () => {
    await claimNew({ payload: '"one"' })
    expect(await read('evt_1', 'evt_2', 'evt')).toEqual({ evt_1: '"one"' })
    expect(await read()).toEqual({})
  })

  it('leaves out what was pruned', async () => {
    await claimNew()
    await db.prepare('DELETE FROM events').run()
    expect(await read('evt_1')).toEqual({})
  })

  it('gives that of a part when messages of an older version brought nothing else', async () => {
    await claimNew({ claim: 'evt_1~erp', payload: '"part"' })
    expect(await read('evt_1')).toEqual({ evt_1: '"part"' })
  })

  it.each([['part first'], ['event first']])('prefers that of the event: %s', async (order) => {
    const event = { claim: 'evt_1', payload: '"event"' }
    const part = { claim: 'evt_1~erp', payload: '"part"' }
    const parts = order === 'part first' ? [part, event] : [event, part]
    for (const one of parts) await claimNew(one)
    expect(await read('evt_1')).toEqual({ evt_1: '"event"' })
  })

  it('never gives what a replay that died left behind', async () => {
    await createDeadRows(db).record([
      toDeadRow({ claim: 'evt_1~rpl_1', replay: 'rpl_1', payload: '{"v":1,"ref":"ledger:evt_1"}' }),
    ])
    expect(await read('evt_1')).toEqual({})
  })

  it('does not take another event for a part', async () => {
    await claimNew({ claim: 'evt_1~x', eventId: 'evt_1~x' })
    await claimNew({ claim: 'evt_10' })
    expect(await read('evt_1')).toEqual({})
  })
})
