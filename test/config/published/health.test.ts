/** Asking a gateway: whatever answers, or does not. */
import { describe, expect, it } from 'vitest'
import { askHealth } from '../../../src/config/published/health.ts'

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
