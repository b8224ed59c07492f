/**
 * Finds values again in other texts: a phone number that is also in a URL, in the JSON text of a
 * parameter, in a key. Sees through percent-encoding, `+` for a space and JSON's escapes, also one
 * within the other.
 *
 * Weak: a text that repeats a value in other words (another spelling of a name, base64) is not found,
 * nor is a value of fewer than MIN_TRACE_CHARS: `1` is in almost every text.
 */
import { Buffer } from 'node:buffer'
import type { NameTest } from './named-values.ts'

export const MIN_TRACE_CHARS = 4
/** So many values are not looked for in each text: every text counts as one that repeats them. */
export const MAX_TRACED_VALUES = 200
/** A form in a URL in JSON: escapes, percent signs, then `+`; and one more. */
const MAX_LAYERS = 4

/** `+15005550006`, `whatsapp:+15005550006`, `sip:+15005550006@example.com`: WaId has the digits alone. */
const ADDRESS = /^(?:[a-z]+:)?\+?(\d{7,15})(?:@.*)?$/i

/**
 * Whether a text repeats one of the values, whole, whatever stands around it, or is JSON that has a
 * member with such a name.
 */
export function createTraceFinder(
  values: Iterable<string>,
  isNamed: NameTest,
): (text: string) => boolean {
  const traced = new Set<string>()
  for (const value of values) {
    if (value.length < MIN_TRACE_CHARS) continue
    traced.add(value)
    const digits = ADDRESS.exec(value)?.[1]
    if (digits !== undefined) traced.add(digits)
  }
  if (traced.size > MAX_TRACED_VALUES) return () => true
  const all = [...traced]
  const tells = (reading: string) =>
    all.some((value) => reading.includes(value)) || toMemberNames(reading).some(isNamed)
  return (text) => toReadings(text).values().some(tells)
}

/** Of JSON text, also of one that is cut off or nested too deep to be parsed. */
function toMemberNames(text: string): string[] {
  return text
    .matchAll(/"([^"\\]*)"\s*:/g)
    .map(([, name = '']) => name)
    .toArray()
}

/** The text as it is, and decoded in every way, layer by layer. */
function toReadings(text: string): Set<string> {
  const readings = new Set([text])
  let layer = [text]
  for (let depth = 0; depth < MAX_LAYERS; depth++) {
    layer = layer.flatMap(decode).filter((reading) => !readings.has(reading))
    for (const reading of layer) readings.add(reading)
  }
  return readings
}

function decode(text: string): string[] {
  const decoded: string[] = []
  if (text.includes('%')) decoded.push(decodePercent(text))
  if (text.includes('+')) decoded.push(text.replaceAll('+', ' '))
  if (text.includes('\\')) decoded.push(unescape(text))
  return decoded
}

/** Unlike decodeURIComponent it never throws, and decodes what it can. */
function decodePercent(text: string): string {
  return text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (run) =>
    Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'),
  )
}

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

/** JSON's escapes, in any text. */
function unescape(text: string): string {
  return text.replaceAll(/\\(?:u([0-9a-f]{4})|(.))/gi, (_, hex?: string, letter = '') =>
    hex === undefined ? (ESCAPES[letter] ?? letter) : String.fromCharCode(Number.parseInt(hex, 16)),
  )
}
