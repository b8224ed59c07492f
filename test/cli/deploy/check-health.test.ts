/** A deploy waits until the gateway is well, and says what it was like when it is not. */
import { describe, expect, it } from 'vitest'
import { checkHealth } from '../../../src/cli/deploy/check-health.ts'
import type { Health } from '../../../src/config/published/health.ts'
import { createClock } from '../cloudflare/clock.ts'

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
