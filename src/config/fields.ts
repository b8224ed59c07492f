/** The texts of a config that have rules of their own: durations, paths, URLs, names of secrets. */
import { ok } from '../result.ts'
import { formatDuration, parseDuration } from './duration.ts'
import { FIELD_FACTS } from './field-facts.ts'
import { parseReachableUrl } from './outbound-url.ts'
import type { Complaint } from './problem.ts'
import { complain, field, type ReadText } from './read-object.ts'

/** A duration within bounds, as milliseconds. */
export function duration(minMs: number, maxMs: number) {
  const limits = [formatDuration(minMs), formatDuration(maxMs)] as const
  const schema = field("a duration such as '4s', '250ms', '5m' or '24h'", (text) => {
    const ms = parseDuration(text)
    if (ms === null) {
      return complain(
        'bad_duration',
        `"${text}" is no duration`,
        "write a number with its unit: '250ms', '4s', '5m', '24h', '7d'",
      )
    }
    if (ms >= minMs && ms <= maxMs) return ok(ms)
    return complain('out_of_range', `${text} is out of range`, `choose ${limits.join(' to ')}`)
  })
  return schema.register(FIELD_FACTS, { type: 'duration', limits })
}

/** Names of endpoints and targets: they become part of event sources, logs and commands. */
export function checkName(name: string): Complaint | null {
  if (/^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(name)) return null
  const message = 'this name cannot be used'
  return { code: 'bad_name', message, fix: 'use up to 64 letters, digits, - and _, a letter first' }
}

/** Tried in order, on the path without the `*` at its end. */
const BAD_PATHS: readonly (readonly [RegExp, message: string, fix: string])[] = [
  [/^(?!\/)/, 'a path starts with /', "write '/sms'"],
  [/\*/, '* stands only at the end, after a /', "write '/voice/*'"],
  [/[?#]/, 'a path has no ? or #', 'leave it out; a query that Twilio adds is fine'],
  [/\/\//, '// is an empty part', 'write one /'],
  [/\/\.\.?(?:\/|$)/, '. and .. are resolved away', 'write the whole path'],
  // WHATWG URLs leave the others as they are, so that they compare byte for byte.
  [/[^A-Za-z0-9._~!$&'()+,;=:@/-]/, 'a character cannot be used', 'use letters, digits, - _ . /'],
]

const readPath: ReadText<string> = (text) => {
  const fixed = text.endsWith('/*') ? text.slice(0, -1) : text
  const [, message, fix] = BAD_PATHS.find(([pattern]) => pattern.test(fixed)) ?? []
  if (message !== undefined && fix !== undefined) return complain('bad_path', message, fix)
  if (fixed !== '/healthz') return ok(text)
  return complain('reserved_path', '/healthz is the health check', 'choose another path')
}

export const path = field("a path such as '/sms'", readPath).register(FIELD_FACTS, { type: 'text' })

/** The origin that Twilio calls, without anything behind it. */
export function publicUrl(local: boolean) {
  const schema = field("an origin such as 'https://hooks.example.com'", (text) => {
    const reached = parseReachableUrl(text, local)
    if (!reached.ok) return reached
    const { pathname, search, origin } = reached.value
    if (pathname === '/' && search === '') return ok(origin)
    const message = 'publicUrl is an origin, without a path or query'
    return complain('url_part', message, `write '${origin}'; paths belong to the endpoints`)
  })
  return schema.register(FIELD_FACTS, { type: 'text' })
}

/** Where Switchboard itself sends requests to, in the form in which they leave: it is what is signed. */
export function outboundUrl(local: boolean) {
  const schema = field("a URL such as 'https://crm.example.com/hooks'", (text) => {
    if (text.includes('{{')) {
      const fix = 'leave it out; parameters travel in the request'
      return complain('bad_placeholder', 'a URL has no placeholders', fix)
    }
    const reached = parseReachableUrl(text, local)
    return reached.ok ? ok(reached.value.href) : reached
  })
  return schema.register(FIELD_FACTS, { type: 'text' })
}

const readSecretName: ReadText<string> = (text) => {
  const fix = "put the value into a Worker secret and its name here: 'CRM_SIGNING_SECRET'"
  // The text itself is never repeated: it may be the secret.
  if (looksSecret(text)) return complain('secret_value', 'this looks like a secret itself', fix)
  if (/^[A-Z][A-Z0-9_]{0,63}$/.test(text)) return ok(text)
  return complain('bad_secret_name', 'this is no name of a secret', `A-Z, 0-9 and _ only; ${fix}`)
}

export const secretName = field(
  "the name of a secret: 'CRM_SIGNING_SECRET'",
  readSecretName,
).register(FIELD_FACTS, { type: 'name of a secret' })

/** Standard Webhooks secrets, Twilio SIDs and tokens, keys in hex, base32 or base64. */
export function looksSecret(text: string): boolean {
  if (/^whsec_/i.test(text) || /[0-9a-f]{32}/i.test(text)) return true
  return /^[A-Za-z0-9+/=-]{24,}$/.test(text) && /\d/.test(text)
}
