/**
 * The SDK's HTTP client with patience: a few calls at a time, 429 and failed GETs again after a while,
 * and one place that waits for all of them when Twilio asks to slow down.
 */
import twilio from 'twilio'
import type RequestClient from 'twilio/lib/base/RequestClient.js'
import type responses from 'twilio/lib/http/response.js'
import { parseRetryAfter } from '../../delivery/retry-after.ts'
import { toApiUrl } from './base-url.ts'
import { createLanes, type Lanes } from './lanes.ts'
import { decideRetry, isSetback } from './retry.ts'

/** Below the number of concurrent calls that Twilio allows a small account. */
export const LANES = 4

export interface RequestClientOptions {
  baseUrl: string | null
  /** Told about each wait, in words for a person. */
  onWait: (text: string) => void
  /** Milliseconds since the epoch. */
  now: () => number
  sleep: (ms: number) => Promise<unknown>
  random: () => number
}

type Response<T> = responses.default<T>

export class PatientRequestClient extends twilio.RequestClient {
  readonly #options: RequestClientOptions
  readonly #lanes: Lanes = createLanes(LANES)
  /** Nobody asks before this time. */
  #pausedUntil = 0

  constructor(options: RequestClientOptions) {
    super({ timeout: 30_000 })
    this.#options = options
  }

  override request<T>(request: RequestClient.RequestOptions<T>): Promise<Response<T>> {
    return this.#lanes.run(() => this.#untilAnswered(request))
  }

  async #untilAnswered<T>(request: RequestClient.RequestOptions<T>): Promise<Response<T>> {
    const { now, random } = this.#options
    for (let count = 1, waitedMs = 0; ; count++) {
      await this.#whilePaused()
      const answer = await this.#attempt(request)
      const isAnswer = 'statusCode' in answer
      if (isAnswer && !isSetback(answer.statusCode)) return answer
      const status = isAnswer ? answer.statusCode : null
      const retryAfterMs = isAnswer ? toRetryAfterMs(answer.headers, now()) : null
      const setback = { method: request.method, status, retryAfterMs, count, waitedMs }
      const waitMs = decideRetry(setback, random())
      if (waitMs === null) {
        if (isAnswer) return answer
        throw answer.error
      }
      waitedMs += waitMs
      await this.#wait(waitMs, status)
    }
  }

  async #attempt<T>(
    request: RequestClient.RequestOptions<T>,
  ): Promise<Response<T> | { error: unknown }> {
    const uri = toApiUrl(request.uri, this.#options.baseUrl)
    try {
      // The SDK adds to the headers that it is given.
      return await super.request<T>({ ...request, uri, headers: { ...request.headers } })
    } catch (error) {
      return { error }
    }
  }

  async #wait(waitMs: number, status: number | null): Promise<void> {
    const { now, onWait, sleep } = this.#options
    const seconds = Math.max(1, Math.round(waitMs / 1000))
    if (status !== 429) {
      onWait(`Twilio does not answer as it should, waiting ${seconds} s`)
      await sleep(waitMs)
      return
    }
    const until = now() + waitMs
    // The lanes that hear the same within one pause say it once.
    if (now() >= this.#pausedUntil) onWait(`Twilio asks to slow down, waiting ${seconds} s`)
    this.#pausedUntil = Math.max(this.#pausedUntil, until)
  }

  async #whilePaused(): Promise<void> {
    const { now, sleep } = this.#options
    for (let left = this.#pausedUntil - now(); left > 0; left = this.#pausedUntil - now()) {
      await sleep(left)
    }
  }
}

function toRetryAfterMs(headers: unknown, now: number): number | null {
  if (typeof headers !== 'object' || headers === null) return null
  const value: unknown = Reflect.get(headers, 'retry-after')
  return typeof value === 'string' ? parseRetryAfter(value, now) : null
}
