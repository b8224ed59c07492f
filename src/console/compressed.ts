/**
 * Text that travels compressed. A Worker only says so: the runtime compresses a body whose header says
 * gzip (https://developers.cloudflare.com/workers/runtime-apis/response/, encodeBody). Charts are text
 * that repeats itself: a tenth of it is what has to travel.
 */
import type { MiddlewareHandler } from 'hono'

const TEXT = /^(?:text\/|application\/(?:json|problem\+json))/
/** Below that, what it costs is more than what it saves. */
const MIN_CHARS = 1_000

export const compressed: MiddlewareHandler = async function compressed(c, next) {
  await next()
  const { headers, body } = c.res
  if (!body || headers.has('content-encoding') || !TEXT.test(headers.get('content-type') ?? ''))
    return
  const length = headers.get('content-length')
  if (length !== null && Number(length) < MIN_CHARS) return
  headers.append('vary', 'accept-encoding')
  if (!/\bgzip\b/.test(c.req.header('accept-encoding') ?? '')) return
  headers.delete('content-length')
  headers.set('content-encoding', 'gzip')
}
