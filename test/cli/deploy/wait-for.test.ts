import { describe, expect, it } from 'vitest'
import { checkHealth } from '../../../src/cli/deploy/check-health.ts'
import { waitFor } from '../../../src/cli/deploy/wait-for.ts'
import type { Health } from '../../../src/config/published/health.ts'

/** Time passes only while somebody waits. */
function createClock() {
  let ms = 0
  return {
    now: () => ms,
    sleep: async (pauseMs: number) => void (ms += pauseMs),
  }
}

describe('waitFor', () => {
  it('asks until there is an answer', async () => {
    const answers = [null, null, 'yes']
    const clock = createClock()
    expect(await waitFor(async () => answers.shift() ?? null, 60_000, clock)).toBe('yes')
    expect(clock.now()).toBe(750)
  })

  it('asks a last time when the time is over, and no more', async () => {
    const clock = createClock()
    const askedAt: number[] = []
    const ask = async () => {
      askedAt.push(clock.now())
      return null
    }
    expect(await waitFor(ask, 1_000, clock)).toBeNull()
    expect(askedAt).toEqual([0, 250, 750, 1_000])
  })

  it('asks once when there is no time', async () => {
    expect(await waitFor(async () => 'yes', 0, createClock())).toBe('yes')
  })
})

describe('checkHealth', () => {
  const well: Health = { kind: 'gateway', format: 1, version: 'v1', problems: [] }
  const check = (answers: Health[], waitMs = 1_000) =>
    checkHealth({
      url: 'https://hooks.example.com',
      waitMs,
      hint: 'the hint',
      onAnswer: () => {},
      ask: async () => (answers.length > 1 ? answers.shift() : answers[0]) ?? well,
      clock: createClock(),
    })

  it('waits for a new address, another answer and a gateway that is not well yet', async () => {
    const before: Health[] = [
      { kind: 'unreachable', reason: 'ENOTFOUND' },
      { kind: 'foreign', status: 404 },
      { ...well, problems: ['a secret is not set'] },
    ]
    expect(await check([...before, well], 10_000)).toEqual(well)
  })

  it('gives up in time, with what was said last', async () => {
    const unwell: Health = { ...well, problems: ['a secret is not set'] }
    await expect(check([unwell])).rejects.toMatchObject({
      code: 'gateway_unwell',
      message: expect.stringContaining('a secret is not set'),
      next: 'the hint',
    })
  })
})
