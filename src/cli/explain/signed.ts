/** What Twilio may have signed: a URL in its parts, and the form parameters that were appended to it. */
import type { Param } from '../../twilio/params.ts'
import { toSortedParams } from '../../twilio/signed-text.ts'
import { joinUrl, toUrlForms, type UrlParts } from '../../twilio/url-forms.ts'

export interface Signed {
  url: UrlParts
  /** In any order. Empty: GET or JSON. */
  pairs: readonly Param[]
  /** A WebSocket handshake. */
  upgrade: boolean
}

/** The spellings of its URL in which the gateway would accept it, the likeliest first. */
export const toForms = ({ url, upgrade }: Signed) => toUrlForms(joinUrl(url), upgrade)

/** What stands behind the URL in the signed text. */
export const toAppended = ({ pairs }: Signed): string =>
  pairs.length > 0 ? toSortedParams(pairs) : ''

export function withUrl(signed: Signed, change: Partial<UrlParts>): Signed {
  return { ...signed, url: { ...signed.url, ...change } }
}

export const withPairs = (signed: Signed, pairs: readonly Param[]): Signed => ({ ...signed, pairs })

/** The pairs of a query as they are written, undecoded. */
export function splitQuery(query: string): string[] {
  return query.length > 1 ? query.slice(1).split('&') : []
}

export function joinQuery(pairs: readonly string[]): string {
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}

const BODY_HASH = 'bodySHA256='

/** Twilio's own parameter stays where it is, at the end, whatever happens to the others. */
export function splitOwnQuery(query: string): { own: string[]; added: string[] } {
  const pairs = splitQuery(query)
  return {
    own: pairs.filter((pair) => !pair.startsWith(BODY_HASH)),
    added: pairs.filter((pair) => pair.startsWith(BODY_HASH)),
  }
}

export const hasBodyHash = (query: string): boolean => splitOwnQuery(query).added.length > 0
