/**
 * A publication: a document that was published, by whom, when, how and why. Its key in KV has the instant
 * and the version, the key's metadata has the rest. So one list of keys is the whole history, in order of
 * time. Pure.
 */
import { z } from 'zod'

export const HISTORY_PREFIX = 'config:history:'
export const HOWS = ['push', 'deploy', 'rollback'] as const
export type How = (typeof HOWS)[number]

export interface Publication {
  /** The end of its key: the instant and the version. */
  id: string
  version: string
  /** Milliseconds since the epoch, by the publisher's clock, and later than every one before it. */
  at: number
  by: string
  how: How | 'unknown'
  message: string | null
  /** What was in KV before: a version, null for nothing, or `BROKEN_MARK`. */
  replaces: string | null
  /** Of a rollback: the id of the publication that it went back to. */
  restores: string | null
}

export const toKey = (id: string): string => HISTORY_PREFIX + id

/** An instant always has the same length, so keys sort by time. */
export const toId = (at: number, version: string): string =>
  `${new Date(at).toISOString()}:${version}`

const ID = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z):(.+)$/s

const Metadata = z.object({
  by: z.string().catch('unknown'),
  how: z.enum(HOWS).or(z.literal('unknown')).catch('unknown'),
  message: z.string().nullable().catch(null),
  replaces: z.string().nullable().catch(null),
  restores: z.string().nullable().catch(null),
})

/** Metadata that cannot be read is "unknown": the document is kept all the same. Null: another key. */
export function parsePublication(name: string, metadata: unknown): Publication | null {
  const id = name.slice(HISTORY_PREFIX.length)
  const [, instant = '', version = ''] = ID.exec(id) ?? []
  const at = Date.parse(instant)
  if (!name.startsWith(HISTORY_PREFIX) || Number.isNaN(at)) return null
  const known = Metadata.parse(typeof metadata === 'object' && metadata !== null ? metadata : {})
  return { id, version, at, ...known }
}

/** KV's limit is 1,024 bytes. */
const MAX_METADATA_BYTES = 1_000
const MAX_BY_LENGTH = 100

/** Fits into the metadata of a key: a name that is too long is cut, and so is a message. */
export function toMetadata(publication: Publication): Record<string, string> {
  const { by, how, message, replaces, restores } = publication
  const rest = {
    by: Array.from(by).slice(0, MAX_BY_LENGTH).join(''),
    how,
    ...(replaces === null ? {} : { replaces }),
    ...(restores === null ? {} : { restores }),
  }
  if (message === null) return rest
  const letters = Array.from(message).slice(0, MAX_METADATA_BYTES)
  while (toBytes({ ...rest, message: letters.join('') }) > MAX_METADATA_BYTES) letters.pop()
  return { ...rest, message: letters.join('') }
}

const toBytes = (metadata: object): number =>
  new TextEncoder().encode(JSON.stringify(metadata)).byteLength
