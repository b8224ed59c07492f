import { describe, expect, it } from 'vitest'
import { toAccount, type Sent } from '../../bench/peers/account.ts'

const sent = (sid: string, status: number): Sent => ({ sid, status, ms: 1 })

describe('toAccount', () => {
  it('counts what was acknowledged and never done as lost', () => {
    const account = toAccount([sent('a', 200), sent('b', 204)], new Map([['a', 1]]), 0)
    expect(account).toEqual({
      ...{ sent: 2, refused: 0, missing: 1, kept: 0, lost: 1, twice: 0 },
      doneThoughRefused: 0,
    })
  })

  it('does not call lost what is kept, and believes no more than is missing', () => {
    const webhooks = [sent('a', 200), sent('b', 200), sent('c', 200)]
    expect(toAccount(webhooks, new Map([['a', 1]]), 1)).toMatchObject({ kept: 1, lost: 1 })
    expect(toAccount(webhooks, new Map([['a', 1]]), 9)).toMatchObject({ kept: 2, lost: 0 })
  })

  it('does not call lost what Twilio was told of, answered or not', () => {
    const account = toAccount([sent('a', 500), sent('b', 0)], new Map(), 0)
    expect(account).toMatchObject({ refused: 2, lost: 0, doneThoughRefused: 0 })
  })

  it('notes work that was done though Twilio was told that it failed', () => {
    const account = toAccount([sent('a', 500)], new Map([['a', 1]]), 0)
    expect(account).toMatchObject({ refused: 1, doneThoughRefused: 1 })
  })

  it('counts an event that was done three times once', () => {
    const done = new Map([
      ['a', 3],
      ['b', 1],
      ['a probe', 2],
    ])
    expect(toAccount([sent('a', 200), sent('b', 200)], done, 0).twice).toBe(1)
  })
})
