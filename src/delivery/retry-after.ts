/**
 * The Retry-After header (RFC 9110 §10.2.3): seconds, or a date in one of the three forms that a
 * recipient must accept (§5.6.7). Anything else is ignored. Strict on purpose: `Date.parse` alone
 * finds a date in almost any text that ends in a number.
 */
const SECONDS = /^\d+$/
const HTTP_DATES = [
  /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/, // Sun, 06 Nov 1994 08:49:37 GMT
  /^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/, // Sunday, 06-Nov-94 08:49:37 GMT
  /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/, // Sun Nov  6 08:49:37 1994
]

/** Milliseconds to wait from `now` (milliseconds since the epoch); null when the header says nothing. */
export function parseRetryAfter(header: string | null, now: number): number | null {
  if (header === null) return null
  const value = header.trim()
  if (SECONDS.test(value)) return Number(value) * 1000
  if (!HTTP_DATES.some((form) => form.test(value))) return null
  const at = Date.parse(value.endsWith('GMT') ? value : `${value} GMT`)
  return Number.isNaN(at) ? null : Math.max(0, at - now)
}
