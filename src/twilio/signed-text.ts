/**
 * The text that Twilio signs: the URL, then every form parameter, sorted by name.
 * https://www.twilio.com/docs/usage/security#validating-requests
 *
 * The text has no delimiters, so a signature does not fix where the URL ends and where a name or value
 * begins, nor the order, encoding or repetition of the parameters on the wire. Whoever has captured one
 * signed request can move bytes across those borders; this is Twilio's format and every SDK's.
 */
import type { Param } from './params.ts'

/** Shapes: `https://example.com/sms`, [['To', '+1'], ['Body', 'Hi']] → `https://example.com/smsBodyHiTo+1`. */
export function toSignedText(url: string, pairs: readonly Param[]): string {
  return url + toSortedParams(pairs)
}

/**
 * For each distinct name in byte order, for each of its distinct values in byte order: name and value,
 * joined without delimiters. An empty value leaves only the name.
 *
 * Names are sorted, not `name + value`: `Reason` comes before `ReasonConferenceEnded` whatever their
 * values. That equal values count once is what the node, python and php SDKs agree on.
 */
export function toSortedParams(pairs: readonly Param[]): string {
  const sorted = pairs.toSorted(
    ([nameA, valueA], [nameB, valueB]) =>
      compareBytes(nameA, nameB) || compareBytes(valueA, valueB),
  )
  let text = ''
  let previous: Param | undefined
  for (const pair of sorted) {
    const [name, value] = pair
    if (name !== previous?.[0] || value !== previous[1]) text += name + value
    previous = pair
  }
  return text
}

/**
 * Order by UTF-8 bytes, the docs' "Unix-style case-sensitive order", without encoding anything.
 * JavaScript's own `<` (which the node and java SDKs use) compares UTF-16 units and differs from it in
 * one place: it puts astral characters, written as surrogates, before U+E000–U+FFFF.
 */
export function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const unitA = a.charCodeAt(i)
    const unitB = b.charCodeAt(i)
    if (unitA !== unitB) return toByteRank(unitA) - toByteRank(unitB)
  }
  return a.length - b.length
}

const FIRST_SURROGATE = 0xd800
const LAST_SURROGATE = 0xdfff

/** Moves the surrogates behind all other UTF-16 units, as UTF-8 has them. */
function toByteRank(unit: number): number {
  return unit >= FIRST_SURROGATE && unit <= LAST_SURROGATE ? unit + 0x10000 : unit
}
