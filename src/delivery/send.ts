/**
 * One HTTP call to a target, as an outcome. Never rejects, whatever the target does.
 *
 * The status decides: once the head of the answer is there, the body is only read for the record,
 * at most 1 KB of it and within the same timeout, and the rest is cut off. A target that says 200
 * and then hangs has the event; to call it again would give it the event twice. A redirect is never
 * followed: the signature covers one URL, and a redirect could lead into a private network.
 */
import type { DeliveryOutcome } from './decide.ts'
import type { DeliveryRequest } from './format.ts'

export type Fetch = (url: string, init: RequestInit) => Promise<Response>

export const MAX_EXCERPT_BYTES = 1024

/** @param timeoutMs covers the whole exchange: connection, head and body */
export async function sendRequest(
  request: DeliveryRequest,
  { fetch, timeoutMs }: { fetch: Fetch; timeoutMs: number },
): Promise<DeliveryOutcome> {
  const { url, method, headers, body } = request
  // Not AbortSignal.timeout: its timer would go on after the answer, one for each delivery.
  const controller = new AbortController()
  const { signal } = controller
  const timer = setTimeout(() => controller.abort(), timeoutMs)
  try {
    const init: RequestInit = { method, headers, body, redirect: 'manual', signal }
    const response = await orAborted(fetch(url, init), signal)
    const excerpt = await readExcerpt(response, signal)
    const { status } = response
    return { type: 'answered', status, retryAfter: response.headers.get('retry-after'), excerpt }
  } catch {
    return { type: signal.aborted ? 'timeout' : 'unreachable' }
  } finally {
    clearTimeout(timer)
  }
}

/** As much of the body as arrives before the signal, up to the limit; '' when there is none. */
async function readExcerpt(response: Response, signal: AbortSignal): Promise<string> {
  if (response.body === null) return ''
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let left = MAX_EXCERPT_BYTES
  try {
    while (left > 0) {
      const { done, value } = await orAborted(reader.read(), signal)
      if (done) break
      text += decoder.decode(value.subarray(0, left), { stream: true })
      left -= value.byteLength
    }
  } catch {
    // Cut off or too slow: what came is the excerpt.
  }
  reader.cancel().catch(() => {})
  return text
}

/** Rejects when the signal fires first: not every body stops by itself when its fetch is aborted. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(new Error('timeout'))
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
