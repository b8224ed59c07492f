/** The body that curl's data options make. https://curl.se/docs/manpage.html#-d */
import { Buffer } from 'node:buffer'
import { UsageError } from '../../terminal/errors.ts'

interface DataPart {
  bytes: Buffer
  /** `--json` puts nothing between its parts. */
  isJson: boolean
}

/** Null for an option that is not about data. */
export function toDataPart(name: string, value: Buffer): DataPart | null {
  switch (name) {
    case 'data':
    case 'data-ascii':
    case 'data-binary':
      return { bytes: refuseFile(value), isJson: false }
    case 'json':
      return { bytes: refuseFile(value), isJson: true }
    case 'data-raw':
      return { bytes: value, isJson: false }
    case 'data-urlencode':
      return { bytes: Buffer.from(encodeData(value)), isJson: false }
    default:
      return null
  }
}

/** All data options of a command are one body; null when it has none. */
export function joinData(parts: readonly DataPart[]): Buffer | null {
  if (parts.length === 0) return null
  const pieces = parts.flatMap(({ bytes, isJson }, index) =>
    index === 0 || isJson ? [bytes] : [Buffer.from('&'), bytes],
  )
  return Buffer.concat(pieces)
}

/** `content`, `=content` or `name=content`: the content is encoded, the name is not. */
function encodeData(value: Buffer): string {
  const equals = value.indexOf('=')
  const at = value.indexOf('@')
  if (at !== -1 && (equals === -1 || at < equals)) throw namesFile()
  if (equals === -1) return toUrlencoded(value)
  const name = equals === 0 ? '' : `${value.subarray(0, equals).toString()}=`
  return name + toUrlencoded(value.subarray(equals + 1))
}

const UNRESERVED = /[\w.~-]/

/** curl's own encoding: every byte but letters, digits and `-._~`; a space is `%20`. */
export function toUrlencoded(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => {
    const char = String.fromCharCode(byte)
    if (UNRESERVED.test(char)) return char
    return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }).join('')
}

/** A pasted command must not make us read a file of its choice. */
function refuseFile(value: Buffer): Buffer {
  if (value[0] === '@'.charCodeAt(0)) throw namesFile()
  return value
}

function namesFile(): UsageError {
  return new UsageError('The command takes its body from a file, which is not read.', {
    code: 'capture_file',
    next: 'Put the body itself into the command (--data-raw), or give the request as raw HTTP.',
  })
}
