/**
 * What the events page is narrowed down by, as its URL holds it and as the API wants it. One field takes
 * numbers and SIDs; times are UTC, with or without saying so.
 */
const NAMES = [
  'endpoint',
  'kind',
  'target',
  'outcome',
  'account',
  'from',
  'before',
  'who',
  'text',
] as const

export type FilterName = (typeof NAMES)[number]

/** Only what is set, without spaces around it. */
export type PageFilter = Readonly<Partial<Record<FilterName, string>>>

/** What is no filter is left out: a cursor, or what somebody added. */
export function parseFilter(query: URLSearchParams): PageFilter {
  const get = (name: string) => query.get(name)?.trim() ?? ''
  const set = NAMES.map((name) => [name, name === 'who' ? readWho(get) : get(name)] as const)
  return Object.fromEntries(set.filter(([, value]) => value !== ''))
}

/** Also by the names that the API has for them: whoever knows those may write a URL. */
function readWho(get: (name: string) => string): string {
  const prefix = get('numberPrefix')
  return get('who') || get('number') || get('sid') || (prefix && `${prefix}*`)
}

export const isSet = (filter: PageFilter): boolean => Object.keys(filter).length > 0

/** @param more what is in the URL besides the filter, as a cursor */
export function toUrl(path: string, filter: PageFilter, more: Record<string, string> = {}): string {
  const query = new URLSearchParams({ ...filter, ...more }).toString()
  return query === '' ? path : `${path}?${query}`
}

const SID = /^[A-Z]{2}[0-9a-f]{32}$/i
const NUMBER = /^\+?[\d ().-]+\*?$/
/** As a browser's field gives it: without a zone. */
const FIELD_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?$/

export function toApiFilter({ who, from, before, ...same }: PageFilter): Record<string, string> {
  return {
    ...same,
    ...(from === undefined ? {} : { from: toInstant(from) }),
    ...(before === undefined ? {} : { before: toInstant(before) }),
    ...(who === undefined ? {} : toWho(who)),
  }
}

const toInstant = (text: string): string => {
  if (!FIELD_TIME.test(text)) return text
  return `${text.length === 16 ? `${text}:00` : text}Z`
}

/** `+1500*` is how a number begins; what is neither a number nor an address is a SID or an event's id. */
function toWho(text: string): Record<string, string> {
  if (NUMBER.test(text)) {
    const digits = text.replaceAll(/[ ().-]/g, '')
    return digits.endsWith('*') ? { numberPrefix: digits.slice(0, -1) } : { number: digits }
  }
  if (text.endsWith('*')) return { numberPrefix: text.slice(0, -1) }
  const isId = SID.test(text) || !/[:@+]/.test(text)
  return isId ? { sid: text } : { number: text }
}

/** For a field of a form: UTC, to the minute; empty when it is no instant. */
export function toFieldTime(text: string | undefined): string {
  const at = Date.parse(toInstant(text ?? ''))
  return Number.isNaN(at) ? '' : new Date(at).toISOString().slice(0, 16)
}
