/**
 * One call of the console's API with its credentials, a time-out and patience. No redirect is followed:
 * it would lead to a page for people to log in on.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseRetryAfter } from '../../delivery/retry-after.ts'
import { toReason, UsageError, WorkError } from '../terminal/errors.ts'
import { CONSOLE_SETTING, type ConsoleAddress } from './address.ts'
import { createBrowserProof } from './browser-proof.ts'
import { decidePatience } from './patience.ts'

const TIMEOUT_MS = 20_000
const REFUSED: readonly string[] = ['ECONNREFUSED', 'ENOTFOUND']

export interface SendDeps {
  fetch?: typeof fetch
  wait?: (ms: number, signal?: AbortSignal) => Promise<unknown>
  /** Milliseconds since the epoch. */
  now?: () => number
  random?: () => number
  /** Told before each wait, with what there is to say of it. */
  onWait?: (why: string, waitMs: number) => void
}

export type Send = (input: RequestInfo | URL, init?: RequestInit) => Promise<Response>

/** Throws a WorkError when there is no answer at all. */
export function createSend(address: ConsoleAddress, deps: SendDeps = {}): Send {
  const { fetch: call = fetch, wait = waitFor, onWait } = deps
  const { now = Date.now, random = Math.random } = deps
  const prove = createBrowserProof(address.url)
  return async (input, init) => {
    const request = new Request(input, { ...init, redirect: 'manual' })
    for (const [name, value] of Object.entries(address.headers)) request.headers.set(name, value)
    if (request.method !== 'GET' && !request.headers.has('authorization')) prove(request.headers)
    const { signal } = request
    let waitedMs = 0
    for (let count = 1; ; count += 1) {
      const attempt = await attemptOnce(call, request.clone())
      signal.throwIfAborted()
      const waitMs = decidePatience({ ...toFacts(attempt, now()), count, waitedMs }, random())
      if (waitMs === null) {
        if ('reason' in attempt) throw toUnreachable(address, attempt)
        return attempt
      }
      onWait?.('reason' in attempt ? attempt.reason : `it answered ${attempt.status}`, waitMs)
      await wait(waitMs, signal)
      waitedMs += waitMs
    }
  }
}

const waitFor = (ms: number, signal?: AbortSignal) => sleep(ms, undefined, signal ? { signal } : {})

interface NoAnswer {
  reason: string
  isRefused: boolean
}

async function attemptOnce(call: typeof fetch, request: Request): Promise<Response | NoAnswer> {
  try {
    const signal = AbortSignal.any([request.signal, AbortSignal.timeout(TIMEOUT_MS)])
    return await call(request, { signal })
  } catch (error) {
    const cause = error instanceof Error ? error.cause : null
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    // A name that has both IPv6 and IPv4 fails with an error that has no text of its own.
    const reason = toReason(error) || code
    return { reason, isRefused: REFUSED.includes(code) }
  }
}

function toFacts(attempt: Response | NoAnswer, now: number) {
  if ('reason' in attempt) {
    return { status: null, retryAfterMs: null, isRefused: attempt.isRefused }
  }
  const retryAfterMs = parseRetryAfter(attempt.headers.get('retry-after'), now)
  return { status: attempt.status, retryAfterMs, isRefused: false }
}

function toUnreachable({ url, isLocal }: ConsoleAddress, { reason, isRefused }: NoAnswer) {
  const message = `There is no console at ${url}: ${reason}`
  const next = isLocal
    ? `Start "switchboard dev", or name the deployed one: --console or ${CONSOLE_SETTING}.`
    : `Check the address (--console or ${CONSOLE_SETTING}) and your connection, then try again.`
  const details = { code: 'console_unreachable', next }
  return isRefused ? new UsageError(message, details) : new WorkError(message, details)
}
