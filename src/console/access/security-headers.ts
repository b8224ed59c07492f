/**
 * Headers of every answer: what browsers may do with it. Scripts, styles and connections come from here
 * and nowhere else, nothing may frame it, and nothing but files is kept by anybody.
 */
import type { MiddlewareHandler } from 'hono'

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': POLICY,
  'x-frame-options': 'DENY',
  // Not `no-referrer`: under that, browsers send `Origin: null` with a form
  // (https://fetch.spec.whatwg.org/#append-a-request-origin-header), and csrf.ts wants to see the true
  // one. Other sites get nothing either way.
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
}
const HSTS = 'max-age=31536000'

export const securityHeaders: MiddlewareHandler = async function securityHeaders(c, next) {
  await next()
  // A WebSocket is nothing that a browser shows; and its answer stays the object that it is.
  if (c.res.status === 101) return
  // Makes an answer whose headers are fixed one whose headers are not.
  c.header('x-content-type-options', 'nosniff')
  const { headers } = c.res
  for (const [name, value] of Object.entries(HEADERS)) headers.set(name, value)
  // Files say themselves how long they may be kept.
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store')
  if (c.req.url.startsWith('https:')) headers.set('strict-transport-security', HSTS)
}
