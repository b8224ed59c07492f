/** Mistakes in the query: written in another encoding or order, added to, cut. */
import { Buffer } from 'node:buffer'
import { toSignedJsonUrl } from '../../../twilio/signature.ts'
import { joinUrl } from '../../../twilio/url-forms.ts'
import { joinQuery, splitOwnQuery, splitQuery, withUrl, type Signed } from '../signed.ts'
import type { Change, Changes } from './change.ts'

function withOwnQuery(signed: Signed, own: readonly string[], added: readonly string[]): Signed {
  return withUrl(signed, { query: joinQuery([...own, ...added]) })
}

const hexTo = (text: string, isUpper: boolean) =>
  text.replaceAll(/%[\da-f]{2}/gi, (hex) => (isUpper ? hex.toUpperCase() : hex.toLowerCase()))

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Encodes each name and value anew, as one of the usual encoders does. */
function recode(query: string, encode: (text: string) => string): string {
  const pairs = splitQuery(query).map((pair) =>
    pair
      .replaceAll('+', ' ')
      .split(/=(.*)/s, 2)
      .map((part) => encode(decode(part)))
      .join('='),
  )
  return joinQuery(pairs)
}

/** Everything but letters, digits and `-_.`, as PHP and Java have it. */
const encodeStrictly = (text: string) =>
  encodeURIComponent(text).replaceAll(
    /[!'()*~]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )

/** The encoders that frameworks and proxies put a query through. */
const ENCODINGS: readonly (readonly [name: string, change: (query: string) => string])[] = [
  ['%20 for +', (query) => query.replaceAll('+', '%20')],
  ['+ for %20', (query) => query.replaceAll('%20', '+')],
  ['URLSearchParams', (query) => `?${new URLSearchParams(query).toString()}`],
  ['encodeURIComponent', (query) => recode(query, encodeURIComponent)],
  ['RFC 3986', (query) => recode(query, encodeStrictly)],
  ['urlencode', (query) => recode(query, encodeStrictly).replaceAll('%20', '+')],
  ['decoded', (query) => recode(query, (text) => text)],
  ['decoded', (query) => decode(query)],
  ['decoded but for &, =, +, % and #', (query) => recode(query, encodeSeparators)],
  [
    'encoded twice',
    (query) => recode(query, (text) => encodeURIComponent(encodeURIComponent(text))),
  ],
  ['upper-case hex', (query) => hexTo(query, true)],
  ['lower-case hex', (query) => hexTo(query, false)],
  ["%27 for '", (query) => query.replaceAll("'", '%27')],
  ['= behind empty values', (query) => query.replaceAll(/(^\?|&)([^=&]+)(?=&|$)/g, '$1$2=')],
  ['no = behind empty values', (query) => query.replaceAll(/=(?=&|$)/g, '')],
  ['& at the end', (query) => `${query}&`],
  ['no & at the end', (query) => query.replace(/&+$/, '')],
  ['&amp; for &', (query) => query.replaceAll('&amp;', '&')],
  ['; for &', (query) => query.replaceAll('&', ';')],
]

const encodeSeparators = (text: string) =>
  text.replaceAll(/[&=+%# ]/g, (char) => (char === ' ' ? '%20' : encodeURIComponent(char)))

export const toQueryEncodings: Changes = function* (signed) {
  const { query } = signed.url
  if (query === '') return
  const { own, added } = splitOwnQuery(query)
  const seen = new Set([query])
  for (const [detail, change] of ENCODINGS) {
    const changed = change(joinQuery(own))
    const whole = joinQuery([...(changed.length > 1 ? [changed.slice(1)] : []), ...added])
    if (seen.has(whole)) continue
    seen.add(whole)
    yield { code: 'query_encoding', detail, signed: withUrl(signed, { query: whole }) }
  }
}

const TRACKING =
  /^(?:utm_\w+|gclid|fbclid|msclkid|dclid|mc_[ce]id|_ga|_gl|yclid|ref|__cf\w+)(?:=|$)/i

/** Query parameters that something added; never Twilio's own. */
export const toFewerQueryParams: Changes = function* (signed) {
  const { own, added } = splitOwnQuery(signed.url.query)
  if (own.length === 0) return
  yield { code: 'query_added', detail: 'the whole query', signed: withOwnQuery(signed, [], added) }
  const untracked = own.filter((pair) => !TRACKING.test(pair))
  const removals = [
    ...(untracked.length < own.length ? [untracked] : []),
    ...own.map((_, at) => own.toSpliced(at, 1)),
    ...own.flatMap((_, at) => (at > 0 ? [own.slice(0, at), own.slice(at)] : [])),
  ]
  for (const left of removals) {
    yield {
      code: 'query_added',
      detail: toNames(own, left),
      signed: withOwnQuery(signed, left, added),
    }
  }
}

/** Two of them at once. */
export const toQueryPairs: Changes = function* (signed) {
  const { own, added } = splitOwnQuery(signed.url.query)
  if (own.length > 20) return
  for (let first = 0; first < own.length; first++) {
    for (let second = first + 1; second < own.length; second++) {
      const left = own.filter((_, at) => at !== first && at !== second)
      const detail = toNames(own, left)
      yield { code: 'query_added', detail, signed: withOwnQuery(signed, left, added) }
    }
  }
}

function toNames(own: readonly string[], left: readonly string[]): string {
  const names = own
    .filter((pair) => !left.includes(pair))
    .map((pair) => pair.split('=', 1)[0] ?? '')
  return names.join(', ')
}

/** JSON whose hash has gone from the query, or stands elsewhere in it than at the end. */
export const toBodyHashes: Changes = function* (signed, { body }) {
  const { own, added } = splitOwnQuery(signed.url.query)
  if (signed.pairs.length > 0 || body.byteLength === 0) return
  if (added.length > 0) {
    const moved: Change[] = [
      [...own, ...added],
      [...added, ...own],
    ].map((pairs) => ({
      code: 'query_order',
      signed: withUrl(signed, { query: joinQuery(pairs) }),
    }))
    yield* moved.filter((change) => change.signed.url.query !== signed.url.query)
    return
  }
  const url = toSignedJsonUrl(joinUrl(signed.url), Buffer.from(body))
  const query = url.slice(joinUrl({ ...signed.url, query: '' }).length)
  yield { code: 'body_hash_removed', signed: withUrl(signed, { query }) }
}
