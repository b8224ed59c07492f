/** Asking a gateway, and waiting for it: whatever answers, or does not. */
import { describe, expect, it } from 'vitest'
import { askHealth, type Health } from '../../../src/cli/publish/health.ts'
import { WAIT_MS, waitUntilLive } from '../../../src/cli/publish/wait.ts'

describe('askHealth', () => {
  const ask = (answer: () => Response, seen: string[] = []) =>
    askHealth('https://hooks.example.com', async (url) => {
      seen.push(String(url))
      return answer()
    })

  it('reads the answer of a gateway, well or unwell', async () => {
    const seen: string[] = []
    const body = { status: 'ok', problems: [], config: 'v1', format: 2 }
    const well = { kind: 'gateway', format: 2, version: 'v1', problems: [] }
    expect(await ask(() => Response.json(body), seen)).toEqual(well)
    expect(seen).toEqual(['https://hooks.example.com/healthz'])
    const unwell = { ...body, status: 'misconfigured', problems: ['no token'], config: null }
    expect(await ask(() => Response.json(unwell, { status: 503 }))).toEqual({
      ...well,
      version: null,
      problems: ['no token'],
    })
  })

  it('takes a gateway that does not name its format for one of the first', async () => {
    const health = await ask(() => Response.json({ status: 'ok', problems: [] }))
    expect(health).toEqual({ kind: 'gateway', format: 1, version: null, problems: [] })
  })

  it.each([
    [404, 'There is nothing here yet'],
    [200, '{"status":"UP"}'],
    [200, '{"status":"ok","format":"2"}'],
    [200, 'null'],
  ])('takes no other for a gateway: %i %s', async (status, text) => {
    expect(await ask(() => new Response(text, { status }))).toEqual({ kind: 'foreign', status })
  })

  it('says why nobody answers', async () => {
    const health = await askHealth('https://hooks.example.com', async () => {
      throw new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND') })
    })
    expect(health).toEqual({ kind: 'unreachable', reason: 'getaddrinfo ENOTFOUND' })
  })
})

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
