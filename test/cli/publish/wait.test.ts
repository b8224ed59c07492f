/** Waiting until a gateway uses a version: through whatever else it answers, and not for ever. */
import { describe, expect, it } from 'vitest'
import { WAIT_MS, waitUntilLive } from '../../../src/cli/publish/wait.ts'
import type { Health } from '../../../src/config/published/health.ts'

describe('waitUntilLive', () => {
  const uses = (version: string | null): Health => ({
    kind: 'gateway',
    format: 1,
    version,
    problems: [],
  })

  function wait(answers: Health[]) {
    let clock = 0
    let asked = 0
    const answer = waitUntilLive({
      ask: async () => answers[Math.min(asked++, answers.length - 1)] ?? uses(null),
      version: 'v2',
      now: () => clock,
      sleep: async (ms) => void (clock += ms),
    })
    return answer.then((last) => ({ last, asked, clock }))
  }

  it('ends at the first answer with the version, through answers of every other kind', async () => {
    const away: Health = { kind: 'unreachable', reason: 'ECONNRESET' }
    const outcome = await wait([uses('v1'), away, uses(null), uses('v2'), uses('v1')])
    expect(outcome).toMatchObject({ last: null, asked: 4 })
  })

  it('gives up in time, with the last answer', async () => {
    const { last, clock } = await wait([uses('v1')])
    expect(last).toEqual(uses('v1'))
    expect(clock).toBeLessThanOrEqual(WAIT_MS)
    expect(clock).toBeGreaterThan(WAIT_MS / 2)
  })
})
