/** Mistakes about what the body is: a form taken for JSON, parameters moved between body and query. */
import { parseForm, type Param } from '../../../twilio/params.ts'
import { hasBodyHash, joinQuery, splitOwnQuery, withPairs, withUrl } from '../signed.ts'
import type { Changes } from './change.ts'

/** JSON that came with the content type of a form, with or without its hash. */
export const toUnsignedBodies: Changes = function* (signed) {
  if (signed.pairs.length > 0) yield { code: 'json_read_as_form', signed: withPairs(signed, []) }
}

/** A form that came as JSON: under the wrong content type, or parsed and written as an object. */
export const toSignedBodies: Changes = function* (signed, { bodyText }) {
  if (signed.pairs.length > 0 || bodyText === '') return
  const own = hasBodyHash(signed.url.query)
    ? withUrl(signed, { query: joinQuery(splitOwnQuery(signed.url.query).own) })
    : signed
  for (const pairs of [parseForm(bodyText), toObjectPairs(bodyText)]) {
    if (pairs.length === 0) continue
    yield { code: 'form_read_as_json', signed: withPairs(own, pairs) }
    if (own !== signed) yield { code: 'form_read_as_json', signed: withPairs(signed, pairs) }
  }
}

function toObjectPairs(text: string): Param[] {
  try {
    const json: unknown = JSON.parse(text)
    if (typeof json !== 'object' || json === null || Array.isArray(json)) return []
    return Object.entries(json).flatMap(([name, value]) =>
      [value]
        .flat()
        .map((each): Param => [name, typeof each === 'string' ? each : JSON.stringify(each)]),
    )
  } catch {
    return []
  }
}

/** A redirect or a proxy that made GET of POST, or the reverse: the parameters went along. */
export const toMovedParams: Changes = function* (signed, { method, bodyText }) {
  const { url, pairs } = signed
  if (method === 'GET' && url.query !== '') {
    yield {
      code: 'method',
      detail: 'POST',
      signed: withPairs(withUrl(signed, { query: '' }), parseForm(url.query.slice(1))),
    }
  }
  if (pairs.length === 0 || bodyText === '') return
  const query = `${url.query === '' ? '?' : `${url.query}&`}${bodyText}`
  yield { code: 'method', detail: 'GET', signed: withPairs(withUrl(signed, { query }), []) }
}

/** A signer that appends the query's parameters as well, which Twilio never does. */
export const toQueryTwice: Changes = function* (signed) {
  const { query } = signed.url
  if (query === '') return
  const pairs = [...signed.pairs, ...parseForm(query.slice(1))]
  yield { code: 'query_appended', signed: withPairs(signed, pairs) }
}
