/** Waiting for a gateway: through whatever else it answers, and not for ever. */
import { describe, expect, it } from 'vitest'
import { waitFor } from '../../../src/cli/cloudflare/wait-for.ts'
import { waitForGateway } from '../../../src/cli/cloudflare/wait-for-gateway.ts'
import type { Health } from '../../../src/config/published/health.ts'
import { createClock } from './clock.ts'

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

describe('waitForGateway', () => {
  const uses = (version: string | null): Health => ({
    kind: 'gateway',
    format: 1,
    version,
    problems: [],
  })

  async function wait(answers: Health[], waitMs = 10_000) {
    let asked = 0
    const clock = createClock()
    const seen: Health[] = []
    const outcome = await waitForGateway({
      origin: 'https://hooks.example.com',
      until: ({ version }) => version === 'v2',
      waitMs,
      onAnswer: (health) => seen.push(health),
      ask: async () => answers[Math.min(asked++, answers.length - 1)] ?? uses(null),
      clock,
    })
    return { outcome, seen, ms: clock.now() }
  }

  it('ends at the first answer that is right, through answers of every other kind', async () => {
    const others: Health[] = [
      uses('v1'),
      { kind: 'unreachable', reason: 'ECONNRESET' },
      { kind: 'foreign', status: 404 },
      uses(null),
    ]
    const { outcome, seen } = await wait([...others, uses('v2'), uses('v1')])
    expect(outcome).toEqual({ isReached: true, health: uses('v2') })
    expect(seen).toEqual(others)
  })

  it('gives up in time, with the last answer', async () => {
    const away: Health = { kind: 'unreachable', reason: 'ECONNRESET' }
    const { outcome, ms } = await wait([uses('v1'), away])
    expect(outcome).toEqual({ isReached: false, health: away })
    expect(ms).toBe(10_000)
  })
})
