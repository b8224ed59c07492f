/**
 * How the column `message` of an event holds a queue message (migrations/0004): compressed where that
 * takes half of it or more away, else as the text it is.
 *
 * What is compressed is a BLOB: one byte that names the dictionary, then raw deflate. Statements take
 * and give text only, since D1 hands a BLOB over as an array of numbers: STORED below is one on the
 * way in, READABLE on the way out. What cannot be read is an error of that one message.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { err, ok, type Result } from '../result.ts'
import { DICTIONARIES } from './dictionary.ts'

/** New messages are written with this one. */
const CURRENT = 1
/**
 * What is larger is not compressed either: it would not be read again. The gateway's largest message has
 * half of it.
 */
const MAX_TEXT_BYTES = 8_000_000

/** A message for a statement: hex of what is compressed, or the text. */
export type PackedMessage = { packed: string } | { text: string }

/** The other way in SQL: of a row of json_each with the fields of a PackedMessage. */
export const toStoredSql = (row: string) =>
  `coalesce(unhex(${row} ->> 'packed'), ${row} ->> 'text')`

/** What unpackMessage reads, in SQL; NULL where there is no message. */
export const toReadableSql = (column: string) =>
  `CASE typeof(${column}) WHEN 'blob' THEN 'x' || hex(${column}) ELSE 't' || ${column} END`

export function packMessage(text: string): PackedMessage {
  // UTF-8 would not give it back.
  if (!text.isWellFormed()) return { text }
  const bytes = Buffer.from(text)
  if (bytes.byteLength > MAX_TEXT_BYTES) return { text }
  const dictionary = DICTIONARIES.get(CURRENT)
  if (!dictionary) throw new Error('the current dictionary is not there')
  const deflated = deflateRawSync(bytes, { dictionary })
  // Hex is no longer than the text then: a batch that D1 takes as text, it takes.
  if (2 * (deflated.byteLength + 1) > bytes.byteLength) return { text }
  return { packed: Buffer.from([CURRENT]).toString('hex') + deflated.toString('hex') }
}

/** Why a stored message cannot be read: of a later version of ours, or damaged. */
export type UnpackProblem = 'unknown_dictionary' | 'corrupt'

/** @param readable as toReadableSql gives it */
export function unpackMessage(readable: string): Result<string, UnpackProblem> {
  if (!readable.startsWith('x')) return ok(readable.slice(1))
  const bytes = Buffer.from(readable.slice(1), 'hex')
  const dictionary = DICTIONARIES.get(bytes[0] ?? 0)
  if (!dictionary) return err('unknown_dictionary')
  try {
    const options = { dictionary, maxOutputLength: MAX_TEXT_BYTES }
    return ok(inflateRawSync(bytes.subarray(1), options).toString())
  } catch {
    return err('corrupt')
  }
}

/** As unpackMessage, for whoever takes any text: of what cannot be read it says so, and is no message. */
export function toText(readable: string): string {
  const unpacked = unpackMessage(readable)
  return unpacked.ok ? unpacked.value : `(not readable in the ledger: ${unpacked.error})`
}
