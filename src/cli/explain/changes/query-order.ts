/** A query whose parameters came in another order than Twilio signed them. */
import { compareBytes } from '../../../twilio/signed-text.ts'
import { joinQuery, splitOwnQuery, withUrl, type Signed } from '../signed.ts'
import type { Change, Changes } from './change.ts'

function toChange(signed: Signed, own: readonly string[], added: readonly string[]): Change {
  const query = joinQuery([...own, ...added])
  return { code: 'query_order', signed: withUrl(signed, { query }) }
}

const toName = (pair: string) => pair.split('=', 1)[0] ?? ''

/** The orders that software makes: by name, backwards, without regard to case. */
export const toSortedQueries: Changes = function* (signed) {
  const { own, added } = splitOwnQuery(signed.url.query)
  if (own.length < 2) return
  const byName = own.toSorted((a, b) => compareBytes(toName(a), toName(b)))
  const byLowerName = own.toSorted((a, b) =>
    compareBytes(toName(a).toLowerCase(), toName(b).toLowerCase()),
  )
  for (const order of [byName, byLowerName, own.toReversed(), byName.toReversed()]) {
    yield toChange(signed, order, added)
  }
}

/** 6! are 720 orders. */
const MAX_PERMUTED = 6

export const toPermutedQueries: Changes = function* (signed) {
  const { own, added } = splitOwnQuery(signed.url.query)
  if (own.length < 3 || own.length > MAX_PERMUTED) return
  for (const order of permute(own)) yield toChange(signed, order, added)
}

function* permute(items: readonly string[]): Generator<string[]> {
  if (items.length <= 1) yield [...items]
  for (const [at, item] of items.entries()) {
    for (const rest of permute(items.toSpliced(at, 1))) yield [item, ...rest]
  }
}
