/** How the console is found, what is sent there, and what is made of its answers. */
import { describe, expect, it } from 'vitest'
import { decideAddress } from '../../../src/cli/console/address.ts'
import { createApiClient, read, toApiError } from '../../../src/cli/console/client.ts'
import { decidePatience, MAX_PATIENCE_MS } from '../../../src/cli/console/patience.ts'
import type { ReadSecret } from '../../../src/cli/project/secrets.ts'

const secrets =
  (values: Record<string, string>): ReadSecret =>
  (name) =>
    values[name]
const none = secrets({})

describe('decideAddress', () => {
  it('takes the option, then the setting, then the local console', () => {
    const from = secrets({ SWITCHBOARD_CONSOLE: 'https://console.example.com/' })
    expect(decideAddress('http://[::1]:9', from)).toMatchObject({
      url: 'http://[::1]:9',
      isLocal: true,
    })
    expect(decideAddress(undefined, from)).toMatchObject({
      url: 'https://console.example.com',
      isLocal: false,
    })
    expect(decideAddress(undefined, none).url).toBe('http://127.0.0.1:8788')
  })

  it.each([
    ['http://console.example.com', 'console_not_https'],
    ['http://127.0.0.1.example.com', 'console_not_https'],
    ['http://10.0.0.7:8788', 'console_not_https'],
  ])('sends no token to %s', (url, code) => {
    const from = secrets({ SWITCHBOARD_TOKEN: 'sbc_x' })
    expect(() => decideAddress(url, from)).toThrow(expect.objectContaining({ code, exitCode: 2 }))
    expect(decideAddress(url, none).headers).toEqual({})
  })

  it.each(['ws://a.example', 'https://user:secret@a.example', 'https://a.example/?t=secret', 'x'])(
    'refuses an address with more in it than an address, and does not repeat it: %s',
    (url) => {
      expect(() => decideAddress(url, none)).toThrow(
        expect.objectContaining({
          code: 'console_invalid',
          message: expect.not.stringContaining('secret'),
        }),
      )
    },
  )

  it('keeps the token of the deployed console from whatever listens on this machine', () => {
    const SWITCHBOARD_TOKEN = 't'
    const deployed = { SWITCHBOARD_CONSOLE: 'https://console.example.com', SWITCHBOARD_TOKEN }
    const here = 'http://127.0.0.1:8788'
    const sent = (values: Record<string, string>, given?: string) =>
      decideAddress(given, secrets(values)).headers['authorization']
    expect(sent(deployed, here)).toBeUndefined()
    expect(sent(deployed)).toBe('Bearer t')
    expect(sent(deployed, 'https://other.example.com')).toBe('Bearer t')
    expect(sent({ SWITCHBOARD_TOKEN }, here)).toBe('Bearer t')
    expect(sent({ SWITCHBOARD_CONSOLE: here, SWITCHBOARD_TOKEN })).toBe('Bearer t')
  })

  it('sends a token, and a service token of Access whole or not at all', () => {
    const all = { CF_ACCESS_CLIENT_ID: 'id', CF_ACCESS_CLIENT_SECRET: 's', SWITCHBOARD_TOKEN: 't ' }
    expect(decideAddress('https://a.example', secrets(all)).headers).toEqual({
      authorization: 'Bearer t',
      'cf-access-client-id': 'id',
      'cf-access-client-secret': 's',
    })
    const { CF_ACCESS_CLIENT_SECRET: _, ...half } = all
    expect(() => decideAddress('https://a.example', secrets(half))).toThrow(
      expect.objectContaining({ code: 'token_invalid' }),
    )
    const broken = secrets({ SWITCHBOARD_TOKEN: 'two words' })
    expect(() => decideAddress('https://a.example', broken)).toThrow(
      expect.objectContaining({
        code: 'token_invalid',
        message: expect.not.stringContaining('two'),
      }),
    )
  })
})

describe('decidePatience', () => {
  const setback = { status: 503, retryAfterMs: 5_000, isRefused: false, count: 1, waitedMs: 0 }
  it.each([
    ['waits as it is told', {}, 5_000],
    ['takes 429 the same', { status: 429 }, 5_000],
    ['does not wait for a closed console', { retryAfterMs: null }, null],
    ['does not wait for what does not pass', { status: 404 }, null],
    ['does not wait where nobody listens', { status: null, isRefused: true }, null],
    ['tries a lost answer again', { status: null, retryAfterMs: null }, 225],
    ['a few times', { status: 502, retryAfterMs: null, count: 4 }, null],
    ['does not wait for longer than a person would', { retryAfterMs: MAX_PATIENCE_MS + 1 }, null],
    ['in sum', { waitedMs: MAX_PATIENCE_MS - 4_000 }, null],
  ])('%s', (_name, change, expected) => {
    expect(decidePatience({ ...setback, ...change }, 0.5)).toBe(expected)
  })
})

describe('the client', () => {
  const address = decideAddress('https://a.example', secrets({ SWITCHBOARD_TOKEN: 'sbc_x' }))
  const ME = { actor: 'x', via: 'token', role: 'viewer', csrf: null }

  it('waits out what passes, and gives what came then', async () => {
    const answers = [
      new Response('busy', { status: 503, headers: { 'retry-after': '2' } }),
      Response.json(ME),
    ]
    const waits: number[] = []
    const sent: Request[] = []
    const api = createApiClient(address, {
      fetch: async (input) => {
        sent.push(input as Request)
        return answers.shift() ?? Response.error()
      },
      wait: async (ms) => void waits.push(ms),
    })
    expect(await read(api.me.$get())).toEqual(ME)
    expect(waits).toEqual([2_000])
    expect(sent.map(({ url }) => url)).toEqual(Array(2).fill('https://a.example/api/v1/me'))
    expect(sent[1]?.headers.get('authorization')).toBe('Bearer sbc_x')
    expect(sent[1]?.redirect).toBe('manual')
  })

  it('proves that a change without a token comes from nowhere else', async () => {
    const sent: Request[] = []
    const fetch = async (input: RequestInfo | URL) => {
      sent.push(input as Request)
      return Response.json({})
    }
    const json = { filter: {} }
    await read(
      createApiClient(decideAddress(undefined, none), { fetch }).replays.plan.$post({ json }),
    )
    await read(createApiClient(address, { fetch }).replays.plan.$post({ json }))
    const [local, withToken] = sent
    expect(local?.headers.get('origin')).toBe('http://127.0.0.1:8788')
    const secret = local?.headers.get('x-csrf-token') ?? ''
    expect(secret).toMatch(/^[\w-]{43}$/)
    expect(local?.headers.get('cookie')).toContain(`switchboard-csrf=${secret}`)
    expect(withToken?.headers.get('x-csrf-token')).toBeNull()
  })

  it('tells a console that is not there from one that is slow', async () => {
    const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })
    const failing = (error: unknown) =>
      read(
        createApiClient(address, {
          fetch: () => Promise.reject(error),
          wait: async () => {},
        }).me.$get(),
      )
    const refused = failing(new TypeError('fetch failed', { cause }))
    await expect(refused).rejects.toMatchObject({ code: 'console_unreachable', exitCode: 2 })
    const late = failing(new DOMException('too slow', 'TimeoutError'))
    await expect(late).rejects.toMatchObject({ code: 'console_unreachable', exitCode: 1 })
  })
})

describe('toApiError', () => {
  const problem = { code: 'x', title: 'No.', detail: 'Do that.' }
  it.each([
    ['what the call can mend', 400, problem, 2, 'x'],
    ['what passes', 503, problem, 1, 'x'],
    ['what is closed', 503, { ...problem, code: 'closed' }, 2, 'closed'],
    ['a login page', 302, undefined, 2, 'console_redirects'],
    ['some other server', 200, undefined, 2, 'not_console'],
    ['a proxy that fails', 502, '<html>', 1, 'not_console'],
  ])('%s', (_name, status, body, exitCode, code) => {
    expect(toApiError(status, body)).toMatchObject({ exitCode, code })
  })

  it('says what to do about a token', () => {
    expect(toApiError(401, problem).next).toContain('SWITCHBOARD_TOKEN')
    expect(toApiError(404, problem).next).toBe('Do that.')
  })
})
