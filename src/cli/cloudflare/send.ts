/** Sends one call to Cloudflare's API and decides whether it may be sent again. */
import { setTimeout as sleep } from 'node:timers/promises'
import { toReason, WorkError } from '../terminal/errors.ts'

export const DEFAULT_API_URL = 'https://api.cloudflare.com/client/v4'

const TIMEOUT_MS = 30_000
/** Waits before the second and the third try. */
const RETRY_MS = [500, 2_000]
/** A longer Retry-After is the user's to wait for: Cloudflare's limit is one of five minutes. */
const MAX_RETRY_AFTER_MS = 60_000

export interface SendOptions {
  token: string
  baseUrl?: string
  fetch?: typeof fetch
  wait?: (ms: number) => Promise<unknown>
}

export type Query = Record<string, string | number>

export interface CallOptions {
  query?: Query
  /** Sent as JSON, or as a form when it is one. */
  body?: unknown
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export type Send = (method: Method, path: string, call: CallOptions) => Promise<Response>

/** One call with its retries; gives whatever answer came last. */
export function createSend({ token, baseUrl = DEFAULT_API_URL, ...options }: SendOptions): Send {
  const { fetch: send = fetch, wait = sleep } = options
  return async (method, path, { query = {}, body }) => {
    const url = new URL(baseUrl.replace(/\/$/, '') + path)
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value))
    const isForm = body instanceof FormData
    const init = {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
    }
    for (let tries = 0; ; tries += 1) {
      const attempt = await attemptOnce(send, url, init)
      const pauseMs = toPauseMs(attempt, method, tries)
      if (pauseMs !== null) await wait(pauseMs)
      else if (attempt instanceof Response) return attempt
      else throw toUnreachable(method, path, attempt)
    }
  }
}

/** An answer, or why there is none. */
async function attemptOnce(send: typeof fetch, url: URL, init: RequestInit) {
  try {
    return await send(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) })
  } catch (error) {
    return { reason: toReason(error) }
  }
}

/** How long to wait before the next try; null: there is none. */
export function toPauseMs(
  attempt: Response | { reason: string },
  method: Method,
  tries: number,
): number | null {
  const pauseMs = RETRY_MS[tries]
  if (pauseMs === undefined) return null
  if (!(attempt instanceof Response)) return method === 'GET' ? pauseMs : null
  if (attempt.status === 429) {
    const seconds = Number(attempt.headers.get('retry-after') ?? Number.NaN)
    if (Number.isNaN(seconds)) return method === 'GET' ? pauseMs : null
    return seconds * 1000 <= MAX_RETRY_AFTER_MS ? seconds * 1000 : null
  }
  return method === 'GET' && attempt.status >= 500 ? pauseMs : null
}

function toUnreachable(method: Method, path: string, { reason }: { reason: string }): WorkError {
  const isChange = method !== 'GET'
  return new WorkError(`Cloudflare's API gave no answer to ${method} ${path}: ${reason}`, {
    code: 'cloudflare_unreachable',
    next: `Check your connection and try again${isChange ? '; the change may have been made' : ''}.`,
  })
}
