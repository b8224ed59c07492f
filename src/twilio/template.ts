/**
 * `{{From}}` placeholders of request parameters in replies.
 *
 * A text is split once, when the config is loaded; rendering only joins. Whatever a sender puts into a
 * parameter, a rendered TwiML document keeps its structure: values are escaped for XML, what XML 1.0
 * cannot hold is left out, and a value is never searched for placeholders again. That holds for
 * placeholders in text and in attribute values, so the config's checker refuses them anywhere else.
 *
 * `{{From|url}}` percent-encodes the value, for a placeholder inside a URL.
 */
import type { Json } from '../events/event.ts'

/** The first value of a parameter; undefined when it did not come. */
export type GetParam = (name: string) => string | undefined

export interface Placeholder {
  readonly name: string
  /** `{{Name|url}}`. */
  readonly url: boolean
}

/** A text split at its placeholders: `literals` has one entry more than `placeholders`. */
export class Template {
  readonly literals: readonly string[]
  readonly placeholders: readonly Placeholder[]

  constructor(literals: readonly string[], placeholders: readonly Placeholder[]) {
    this.literals = literals
    this.placeholders = placeholders
  }
}

/** JSON whose string values may be templates. Plain JSON is one, too. */
export type JsonTemplate =
  | Template
  | null
  | boolean
  | number
  | string
  | JsonTemplate[]
  | { [name: string]: JsonTemplate }

const PLACEHOLDER = /\{\{ *([A-Za-z_][\w.[\]-]*) *(\| *url *)?\}\}/g

/** Splits a text at its placeholders. What is not exactly a placeholder stays as it is. */
export function compileTemplate(text: string): Template {
  const literals: string[] = []
  const placeholders: Placeholder[] = []
  let end = 0
  for (const match of text.matchAll(PLACEHOLDER)) {
    literals.push(text.slice(end, match.index))
    placeholders.push({ name: match[1] ?? '', url: match[2] !== undefined })
    end = match.index + match[0].length
  }
  literals.push(text.slice(end))
  return new Template(literals, placeholders)
}

/** The TwiML document with the values filled in; a missing parameter is empty. */
export function renderTemplate(template: Template, get: GetParam): string {
  return fill(template, get, escapeXml)
}

/** Prepares the string values of a JSON reply. Names are not templates. */
export function compileJson(json: Json): JsonTemplate {
  if (typeof json === 'string') {
    const template = compileTemplate(json)
    return template.placeholders.length > 0 ? template : json
  }
  if (Array.isArray(json)) return json.map(compileJson)
  if (typeof json !== 'object' || json === null) return json
  return mapEntries(json, compileJson)
}

/** The JSON value with the parameters filled in: as values, so JSON's own escaping protects them. */
export function renderJson(template: JsonTemplate, get: GetParam): Json {
  if (template instanceof Template) return fill(template, get, (value) => value)
  if (Array.isArray(template)) return template.map((item) => renderJson(item, get))
  if (typeof template !== 'object' || template === null) return template
  return mapEntries(template, (item) => renderJson(item, get))
}

function fill(template: Template, get: GetParam, escape: (value: string) => string): string {
  const { literals, placeholders } = template
  let text = literals[0] ?? ''
  let next = 1
  for (const { name, url } of placeholders) {
    const value = get(name) ?? ''
    text += escape(url ? percentEncode(value) : value) + (literals[next++] ?? '')
  }
  return text
}

/** `Object.fromEntries` defines, never assigns: a member named `__proto__` is only a name. */
function mapEntries<T, U>(object: { [name: string]: T }, map: (value: T) => U) {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(value)]))
}

/**
 * Characters with a meaning in XML; white space that a parser would turn into a plain space in an
 * attribute (XML 1.0 section 3.3.3); and what XML 1.0 cannot hold even as a reference (section 2.2):
 * C0 controls, U+FFFE, U+FFFF and, thanks to the `u` flag, surrogates without a partner.
 */
// oxlint-disable-next-line no-control-regex -- the controls are what it is about
const UNSAFE = /[&<>"'\u0000-\u001f\ufffe\uffff\ud800-\udfff]/gu

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
}

/** A value as a rendered document has it. */
export function escapeXml(value: string): string {
  return value.replace(UNSAFE, (character) => ENTITIES[character] ?? '')
}

const LONE_SURROGATE = /[\ud800-\udfff]/gu

/** RFC 3986: everything but unreserved characters. encodeURIComponent throws at a lone surrogate. */
function percentEncode(value: string): string {
  return encodeURIComponent(value.replace(LONE_SURROGATE, '')).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
