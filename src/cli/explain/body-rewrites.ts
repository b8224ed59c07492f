/**
 * A body that is not the one that `bodySHA256` is of: whether it is the same JSON, parsed and written
 * again by something on the way. A rewrite whose hash fits is what Twilio sent.
 */
import { Buffer } from 'node:buffer'
import { toBodyHash } from '../../twilio/signature.ts'

const REWRITES: readonly (readonly [name: string, rewrite: (text: string) => string])[] = [
  ['a line end was added', (text) => text.replace(/[\r\n]+$/, '')],
  ['a line end was cut off', (text) => `${text}\n`],
  ['CRLF became LF', (text) => text.replaceAll('\n', '\r\n')],
  ['LF became CRLF', (text) => text.replaceAll('\r\n', '\n')],
  ['white space was added', (text) => JSON.stringify(JSON.parse(text))],
  ['white space was taken away', (text) => JSON.stringify(JSON.parse(text), null, 2)],
  ['white space was taken away', (text) => JSON.stringify(JSON.parse(text), null, 4)],
  ['white space was taken away', (text) => spaced(JSON.stringify(JSON.parse(text)))],
  ['escapes were taken away', (text) => JSON.stringify(JSON.parse(text)).replaceAll('/', '\\/')],
  ['escapes were taken away', (text) => escapeUnicode(JSON.stringify(JSON.parse(text)))],
  ['a byte order mark was added', (text) => text.replace(/^\uFEFF/, '')],
]

/** `{"a": 1, "b": 2}`, as Python writes it. */
const spaced = (json: string) =>
  json.replaceAll(/"(?:[^"\\]|\\.)*"|[,:]/g, (part) => (/^[,:]$/.test(part) ? `${part} ` : part))

const escapeUnicode = (json: string) =>
  json.replaceAll(/[\u0080-\uFFFF]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
  })

/** What was done to the body; null when no rewrite has the hash. */
export function findBodyRewrite(body: Uint8Array, hash: string): string | null {
  const text = Buffer.from(body).toString('utf8')
  for (const [name, rewrite] of REWRITES) {
    const original = attempt(rewrite, text)
    if (original !== null && toBodyHash(Buffer.from(original)) === hash) return name
  }
  return null
}

function attempt(rewrite: (text: string) => string, text: string): string | null {
  try {
    return rewrite(text)
  } catch {
    // Not JSON, or nested too deep for its parser.
    return null
  }
}
