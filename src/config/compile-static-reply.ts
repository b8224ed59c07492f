/** Replies that need nobody else: TwiML, JSON, a bare status. */
import { z } from 'zod'
import type { Kind } from '../twilio/kind.ts'
import { compileJson, Template, type JsonTemplate } from '../twilio/template.ts'
import { MAX_TWIML_BYTES } from '../twilio/twiml.ts'
import { checkBraces } from './check-placeholders.ts'
import { checkTwiml, type TwimlFamily } from './check-twiml.ts'
import type { StaticReply } from './compiled.ts'
import { readApart } from './field-facts.ts'
import { isPlainObject, readJson } from './json.ts'
import { at, Report, type Complaint } from './problem.ts'
import { readObject } from './read-object.ts'

export interface ReplyContext {
  readFile: (path: string) => string
  local: boolean
  report: Report
  /** The kind that the endpoint pins. */
  kind: Kind | null
  /** The endpoint's own deadline. */
  deadlineMs: number | null
  /** Whether the endpoint's path ends with `/*`. */
  isWildcard: boolean
}

/** Read by the caller. */
const when = readApart({ type: 'condition' }).optional()
const statusField = z.int().min(200).max(499)

export const STATIC_SCHEMAS = {
  twiml: z.strictObject({
    twiml: readApart({ type: "text, file('…') or Twilio's builder" }),
    when,
  }),
  json: z.strictObject({
    json: readApart({ type: 'any JSON' }),
    status: statusField.default(200),
    when,
  }),
  status: z.strictObject({ status: statusField, when }),
} as const

export type StaticType = keyof typeof STATIC_SCHEMAS

/** Compiles the reply of a type that `readType` found. */
export function compileStatic(
  type: StaticType,
  value: unknown,
  path: string,
  context: ReplyContext,
): StaticReply | null {
  const { report, kind } = context
  const reply = readObject<z.ZodObject>(STATIC_SCHEMAS[type], value, path, report)
  if (!reply) return null
  checkFit(type, kind, path, report)
  if (type === 'twiml') return compileTwiml(reply['twiml'], at(path, 'twiml'), context)
  if (type === 'json') return compileJsonReply(reply['json'], reply['status'], path, report)
  const code = checkStatus(reply['status'], path, report)
  return code === null ? null : { type: 'status', status: code }
}

/** A pinned kind wants TwiML, JSON or nothing back; a bare status does for all of them. */
function checkFit(type: StaticType, kind: Kind | null, path: string, report: Report): void {
  if (!kind || kind.reply === 'any' || type === 'status' || type === kind.reply) return
  if (kind.reply === 'none') {
    return report.warn(at(path, type), {
      code: 'reply_ignored',
      message: `Twilio does not read an answer to ${kind.name}`,
      fix: 'leave the reply out',
    })
  }
  report.add(at(path, type), {
    code: 'reply_mismatch',
    message: `${kind.name} wants ${kind.reply}, not ${type}`,
    fix: `write { ${kind.reply}: … } or { status: … }`,
  })
}

function compileTwiml(value: unknown, path: string, context: ReplyContext): StaticReply | null {
  const { report, kind, readFile } = context
  const text = readTwimlText(value, path, readFile, report)
  if (text === null) return null
  const document = new Report()
  checkTwiml(text, toFamily(kind), path, document)
  report.addAll(document, isPlainObject(value) ? `${String(value['file'])}: ` : '')
  return { type: 'twiml', twiml: text }
}

const FAMILIES: Readonly<Record<string, TwimlFamily>> = {
  voice: 'voice',
  messaging: 'messaging',
  fax: 'fax',
}

const toFamily = (kind: Kind | null): TwimlFamily | null => FAMILIES[kind?.product ?? ''] ?? null

function readTwimlText(
  value: unknown,
  path: string,
  readFile: (path: string) => string,
  report: Report,
): string | null {
  const complain = (complaint: Complaint) => {
    report.add(path, complaint)
    return null
  }
  if (typeof value === 'string') {
    if (value.includes('<')) return value
    const message = 'this text is no XML'
    return complain({ code: 'twiml_malformed', message, fix: "is it a file? write file('…')" })
  }
  if (isPlainObject(value) && typeof value['file'] === 'string') {
    try {
      return readFile(value['file']).replace(/^\uFEFF/, '')
    } catch {
      const message = `the file "${value['file']}" cannot be read`
      return complain({ code: 'file_missing', message, fix: 'paths start at the config file' })
    }
  }
  if (isBuilder(value)) return String(value)
  const fix = "write file('replies/menu.xml'), XML as text, or a document of Twilio's builder"
  return complain({ code: 'wrong_type', message: 'this is no TwiML', fix })
}

/** Twilio's builder by its shape: the config may have its own copy of the SDK. */
function isBuilder(value: unknown): value is { toString(): string } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return 'toString' in value && value.toString !== Object.prototype.toString
}

function compileJsonReply(
  value: unknown,
  status: unknown,
  path: string,
  report: Report,
): StaticReply | null {
  const place = at(path, 'json')
  const json = readJson(value, place, report)
  const code = checkStatus(status, path, report)
  if (json === undefined || code === null) return null
  checkJsonPlaceholders(compileJson(json), place, report)
  const bytes = new TextEncoder().encode(JSON.stringify(json)).byteLength
  if (bytes > MAX_TWIML_BYTES) {
    report.add(place, { code: 'out_of_range', message: 'over 64 kB', fix: 'shorten it' })
  }
  return { type: 'json', status: code, json }
}

/** Placeholders are filled in in texts; in a name one would be sent as it stands. */
function checkJsonPlaceholders(json: JsonTemplate, path: string, report: Report): void {
  if (typeof json === 'string') return checkBraces(json, path, report)
  if (json instanceof Template) return checkBraces(json.literals.join(' '), path, report)
  if (typeof json !== 'object' || json === null) return
  for (const [name, member] of Object.entries(json)) {
    checkJsonPlaceholders(member, at(path, Array.isArray(json) ? Number(name) : name), report)
    if (!name.includes('{{')) continue
    const message = 'a placeholder in a name'
    const fix = 'placeholders stand in texts only'
    report.add(at(path, name), { code: 'bad_placeholder', message, fix })
  }
}

function checkStatus(value: unknown, path: string, report: Report): number | null {
  const code = typeof value === 'number' ? value : 0
  if (code >= 200 && (code < 300 || code >= 400)) return code
  // 301 and 302 turn Twilio's POST into a GET without its parameters.
  report.add(at(path, 'status'), {
    code: 'bad_status',
    message: 'Twilio would follow a redirect and lose the parameters',
    fix: 'use 200, 204 or 4xx; for TwiML use <Redirect>',
  })
  return null
}
