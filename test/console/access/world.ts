/** The whole console with settings of a test's choice, its own clock, and a network that the test is. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import type { ConsoleEnv } from '../../../src/console/env.ts'
import { createConsole } from '../../../src/console/console.ts'
import type { AccessEnv } from '../../../src/console/access/settings.ts'

export const NOW = Date.parse('2026-11-20T10:00:00.000Z')
export const ORIGIN = 'https://console.example.com'
export const LOCAL_ORIGIN = 'http://127.0.0.1:8788'

export const ANNA = { name: 'anna', password: 'correct horse battery' }
export const GUEST = { name: 'guest', password: 'only looking around' }
export const PASSWORDS = JSON.stringify({
  anna: { password: ANNA.password, role: 'operator' },
  guest: { password: GUEST.password, role: 'viewer' },
})

export interface World {
  /** A browser's request: no cookie but those in `headers`. */
  ask(path: string, init?: RequestInit & { origin?: string }): Promise<Response>
  /** Milliseconds since the epoch; tests move it. */
  clock: { now: number }
  lines: object[]
}

export interface WorldOptions {
  fetch?: typeof fetch
  db?: D1Database
}

const noNetwork: typeof fetch = () => Promise.reject(new Error('no network in this test'))

export function createWorld(settings: AccessEnv, options: WorldOptions = {}): World {
  const clock = { now: NOW }
  const lines: object[] = []
  const bindings = {
    ...(env as unknown as ConsoleEnv),
    ...(options.db ? { LEDGER: options.db } : {}),
    ...settings,
  }
  const console = createConsole(bindings, null, {
    log: (line) => lines.push(line),
    fetch: options.fetch ?? noNetwork,
    now: () => clock.now,
  })
  return {
    clock,
    lines,
    async ask(path, { origin = ORIGIN, ...init } = {}) {
      const context = createExecutionContext()
      const request = new Request(origin + path, { redirect: 'manual', ...init })
      const response = await console.fetch(request, bindings, context)
      await waitOnExecutionContext(context)
      return response
    },
  }
}

/** `name=value` of what an answer sets. */
export function toCookies(response: Response): string {
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.slice(0, cookie.indexOf(';')))
    .join('; ')
}

export const CSRF = 'c'.repeat(43)
export const CSRF_COOKIE = `__Host-switchboard-csrf=${CSRF}`

/** A form as one of our pages sends it, from a browser. */
export function toForm(
  fields: Record<string, string>,
  headers: Record<string, string> = {},
): RequestInit {
  return {
    method: 'POST',
    body: new URLSearchParams({ csrf: CSRF, ...fields }),
    headers: {
      origin: ORIGIN,
      'sec-fetch-site': 'same-origin',
      cookie: CSRF_COOKIE,
      'cf-connecting-ip': '192.0.2.1',
      ...headers,
    },
  }
}

/** The session's cookie of somebody who has logged in. */
export async function logIn(world: World, { name, password }: typeof ANNA): Promise<string> {
  const response = await world.ask('/login', toForm({ name, password }))
  if (response.status !== 303) throw new Error(`the login was answered with ${response.status}`)
  return toCookies(response)
}

export const readCode = async (response: Response): Promise<unknown> =>
  ((await response.json()) as { code?: unknown }).code

export const ME = '/api/v1/me'

export async function readMe(
  world: World,
  headers: Record<string, string>,
  origin = ORIGIN,
): Promise<unknown> {
  return (await world.ask(ME, { headers, origin })).json()
}
