/** The escapes of `$'…'` (bash, "ANSI-C Quoting"). */
import { Buffer } from 'node:buffer'

const LETTERS: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  e: 27,
  E: 27,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  '\\': 92,
  "'": 39,
  '"': 34,
  '?': 63,
}

const CODE =
  /^(?:(?<octal>[0-7]{1,3})|x(?<hex>[\dA-Fa-f]{1,2})|u(?<short>[\dA-Fa-f]{1,4})|U(?<long>[\dA-Fa-f]{1,8})|c(?<control>.))/s
/**
 * Browsers write a character outside the basic plane as its two UTF-16 units. bash makes six bytes of
 * that, which are no UTF-8; the request that was captured had the character.
 */
const SURROGATES = /^u([Dd][89ABab][\dA-Fa-f]{2})\\u([Dd][C-Fc-f][\dA-Fa-f]{2})/

/** Enough for every escape. */
export const MAX_ESCAPE_LENGTH = 11

/** @param rest What stands behind the backslash. `length`: how much of it belongs to the escape. */
export function readAnsiEscape(rest: string): { bytes: Buffer; length: number } {
  const first = rest.charAt(0)
  const letter = LETTERS[first]
  if (letter !== undefined) return { bytes: Buffer.from([letter]), length: 1 }
  const pair = SURROGATES.exec(rest)
  if (pair) {
    const [whole, high = '', low = ''] = pair
    const units = [high, low].map((unit) => Number.parseInt(unit, 16))
    return { bytes: Buffer.from(String.fromCharCode(...units)), length: whole.length }
  }
  const code = CODE.exec(rest)
  // An escape that bash does not know keeps its backslash.
  if (!code?.groups) return { bytes: Buffer.from('\\'), length: 0 }
  const { octal, hex, short, long, control } = code.groups
  return { bytes: toBytes({ octal, hex, point: short ?? long, control }), length: code[0].length }
}

interface EscapeCode {
  octal: string | undefined
  hex: string | undefined
  point: string | undefined
  control: string | undefined
}

function toBytes({ octal, hex, point, control }: EscapeCode): Buffer {
  if (octal !== undefined) return Buffer.from([Number.parseInt(octal, 8) & 0xff])
  if (hex !== undefined) return Buffer.from([Number.parseInt(hex, 16)])
  if (point !== undefined) {
    const code = Number.parseInt(point, 16)
    return Buffer.from(code <= 0x10_ff_ff ? String.fromCodePoint(code) : '')
  }
  return Buffer.from([(control ?? '').toUpperCase().charCodeAt(0) & 0x1f])
}
