/**
 * The compiled config as a deploy and KV carry it: wrapped, with a version and a checksum.
 *
 * The checksum finds a document that was cut off, mixed up or edited by hand. It is no signature:
 * whoever may write to the KV namespace may publish a config.
 */
import { createHash } from 'node:crypto'
import { err, ok, type Result } from '../result.ts'
import type { CompiledConfig } from './compiled.ts'

export const DOCUMENT_FORMAT = 1

export interface ConfigDocument {
  format: typeof DOCUMENT_FORMAT
  /** Any text that tells one published config from another. */
  version: string
  /** SHA-256 of the config's canonical JSON, in hex. */
  sha256: string
  config: CompiledConfig
}

/** The same config has the same version, wherever and whenever it is built. */
export function toVersion(config: CompiledConfig): string {
  return createHash('sha256').update(JSON.stringify(config)).digest('hex').slice(0, 12)
}

export type DocumentProblem = {
  reason:
    | 'not_json'
    /** Not a config document, or one for another version of Switchboard. */
    | 'wrong_format'
    /** A part is missing. */
    | 'broken'
    | 'checksum'
}

export function toDocument(config: CompiledConfig, version: string): ConfigDocument {
  return { format: DOCUMENT_FORMAT, version, sha256: toChecksum(config), config }
}

/** Takes the text from KV or the object that was bundled. Never throws. */
export function parseDocument(
  value: unknown,
): Result<{ version: string; config: CompiledConfig }, DocumentProblem> {
  const parsed = typeof value === 'string' ? parseJson(value) : value
  if (parsed === undefined) return err({ reason: 'not_json' })
  if (!isObject(parsed) || parsed['format'] !== DOCUMENT_FORMAT) {
    return err({ reason: 'wrong_format' })
  }
  const { version, sha256, config } = parsed
  if (typeof version !== 'string' || typeof sha256 !== 'string' || !isConfig(config)) {
    return err({ reason: 'broken' })
  }
  return toChecksum(config) === sha256 ? ok({ version, config }) : err({ reason: 'checksum' })
}

/** Its two lists are there; that the rest is as `compileConfig` wrote it, the checksum says. */
function isConfig(value: unknown): value is CompiledConfig {
  return isObject(value) && Array.isArray(value['endpoints']) && Array.isArray(value['targets'])
}

function isObject(value: unknown): value is { [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The same for every order of members, since tools that store JSON may sort them. */
function toChecksum(config: CompiledConfig): string {
  const canonical = JSON.stringify(config, (_name, value: unknown) => {
    return isObject(value) ? toSorted(value) : value
  })
  return createHash('sha256').update(canonical).digest('hex')
}

function toSorted(object: { [name: string]: unknown }) {
  return Object.fromEntries(Object.entries(object).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
