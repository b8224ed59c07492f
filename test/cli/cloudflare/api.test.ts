import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createApi } from '../../../src/cli/cloudflare/api.ts'
import { createKvStore } from '../../../src/cli/cloudflare/kv.ts'
import { toPauseMs } from '../../../src/cli/cloudflare/send.ts'

const TOKEN = 'a-token-that-nobody-sees'

type Answer = { status?: number; body?: unknown; headers?: Record<string, string> } | Error

/** An API that gives these answers, one after the other, and remembers what it was asked. */
function createWorld(answers: Answer[]) {
  const asked: string[] = []
  const waited: number[] = []
  const api = createApi({
    token: TOKEN,
    baseUrl: 'https://api.test/v4/',
    wait: async (ms) => void waited.push(ms),
    fetch: async (input, init) => {
      asked.push(`${init?.method} ${String(input).replace('https://api.test/v4', '')}`)
      const answer = answers.shift()
      if (!answer || answer instanceof Error) throw answer ?? new Error('asked too often')
      const { status = 200, body, headers = {} } = answer
      return new Response(JSON.stringify(body), { status, headers })
    },
  })
  return { api, asked, waited }
}

const good = (result: unknown, info?: object): Answer => ({
  body: { success: true, result, errors: [], ...(info ? { result_info: info } : {}) },
})
const bad = (status: number, code: number, message = 'no'): Answer => ({
  status,
  body: { success: false, result: null, errors: [{ code, message }] },
})

describe('call', () => {
  it('gives the result of the envelope', async () => {
    const { api, asked } = createWorld([good({ id: 'x' })])
    expect(await api.call('POST', '/things', z.object({ id: z.string() }))).toEqual({ id: 'x' })
    expect(asked).toEqual(['POST /things'])
  })

  it.each<[string, Answer, string, number]>([
    ['a token that is not known', bad(403, 9109, 'Invalid access token'), 'cloudflare_token', 2],
    ['a token that is none', bad(400, 6003, 'Invalid request headers'), 'cloudflare_token', 2],
    ['401', bad(401, 10000), 'cloudflare_token', 2],
    ['a permission that is missing', bad(403, 10000), 'cloudflare_permission', 2],
    ['an account that is none', bad(404, 7003), 'cloudflare_account', 2],
    ['another refusal', bad(400, 7502), 'cloudflare_refused', 1],
    ['200 without success', { body: { success: false, errors: [] } }, 'cloudflare_refused', 1],
    ['no envelope', { status: 200, body: 'hello' }, 'cloudflare_refused', 1],
    ['another shape', good({ id: 1 }), 'cloudflare_answer', 1],
    ['a lost connection', new Error('reset'), 'cloudflare_unreachable', 1],
  ])('tells %s', async (_what, answer, code, exitCode) => {
    const { api, asked } = createWorld([answer])
    const error = await api
      .call('POST', '/accounts/a/d1/database', z.object({ id: z.string() }))
      .catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code, exitCode })
    expect(asked).toHaveLength(1)
    expect(JSON.stringify(error) + String(error)).not.toContain(TOKEN)
  })

  it('names the permission', async () => {
    const { api } = createWorld([bad(403, 10000)])
    const message = expect.stringContaining('D1 › Edit')
    await expect(api.call('POST', '/accounts/a/d1/database', z.unknown())).rejects.toMatchObject({
      message,
    })
  })

  it('tries a GET again that stumbled, and no change', async () => {
    const get = createWorld([new Error('reset'), bad(500, 1), good('yes')])
    expect(await get.api.call('GET', '/x', z.string())).toBe('yes')
    expect(get.waited).toEqual([500, 2_000])
    const post = createWorld([bad(500, 1)])
    await expect(post.api.call('POST', '/x', z.string())).rejects.toMatchObject({ status: 500 })
  })

  it('gives up after the third time', async () => {
    const { api, asked } = createWorld([bad(502, 1), bad(502, 1), bad(502, 1)])
    await expect(api.call('GET', '/x', z.string())).rejects.toMatchObject({ status: 502 })
    expect(asked).toHaveLength(3)
  })

  it('waits as long as Cloudflare says, also with a change', async () => {
    const { api, waited } = createWorld([
      { status: 429, body: { success: false, errors: [] }, headers: { 'retry-after': '3' } },
      good('yes'),
    ])
    expect(await api.call('POST', '/x', z.string())).toBe('yes')
    expect(waited).toEqual([3_000])
  })
})

describe('toPauseMs', () => {
  const limited = (after?: string) =>
    new Response(null, {
      status: 429,
      headers: after === undefined ? {} : { 'retry-after': after },
    })

  it('leaves a wait of minutes to the user', () => {
    expect(toPauseMs(limited('60'), 'POST', 0)).toBe(60_000)
    expect(toPauseMs(limited('61'), 'POST', 0)).toBeNull()
  })

  it('knows no wait of a date, and sends no change again for it', () => {
    expect(toPauseMs(limited('Wed, 25 Nov 2026 12:00:00 GMT'), 'POST', 0)).toBeNull()
    expect(toPauseMs(limited(), 'GET', 0)).toBe(500)
  })

  it('tries nothing again that was answered', () => {
    expect(toPauseMs(new Response(null, { status: 404 }), 'GET', 0)).toBeNull()
  })
})

describe('list', () => {
  const page = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => `item ${from + i}`)

  it('asks for page after page until it has all', async () => {
    const { api, asked } = createWorld([
      good(page(0, 50), { total_count: 120 }),
      good(page(50, 50), { total_count: 120 }),
      good(page(100, 20), { total_count: 120 }),
    ])
    expect(await api.list('/x', z.string(), { name: 'a b' })).toEqual(page(0, 120))
    expect(asked).toEqual([
      'GET /x?per_page=50&name=a+b',
      'GET /x?per_page=50&name=a+b&page=2',
      'GET /x?per_page=50&name=a+b&page=3',
    ])
  })

  it('ends at a short page when nobody says how much there is, and at an empty one', async () => {
    const short = createWorld([good(page(0, 50)), good(page(50, 1))])
    expect(await short.api.list('/x', z.string())).toHaveLength(51)
    const empty = createWorld([good(page(0, 50), { total_count: 51 }), good([])])
    expect(await empty.api.list('/x', z.string())).toHaveLength(50)
  })

  it('follows a cursor', async () => {
    const { api, asked } = createWorld([
      good([{ name: 'a', metadata: { by: 'x' } }], { cursor: 'next' }),
      good([{ name: 'b' }], { cursor: '' }),
    ])
    expect(await createKvStore(api, 'acc', 'ns').list('config:')).toEqual([
      { name: 'a', metadata: { by: 'x' } },
      { name: 'b', metadata: null },
    ])
    expect(asked[1]).toMatch(/keys\?prefix=config%3A&limit=1000&cursor=next$/)
  })
})

describe('find', () => {
  it('gives null for what is not there, and no other error away', async () => {
    const { api } = createWorld([bad(404, 7404), bad(404, 7003), bad(400, 1)])
    expect(await api.find('/x', z.string())).toBeNull()
    await expect(api.find('/x', z.string())).rejects.toMatchObject({ code: 'cloudflare_account' })
    await expect(api.find('/x', z.string())).rejects.toMatchObject({ status: 400 })
  })
})
