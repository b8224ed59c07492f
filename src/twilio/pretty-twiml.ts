/**
 * A TwiML document laid out for reading: two spaces for each level, long tags over several lines.
 *
 * Promises: what the document says stays the same. White space between verbs is layout and is made anew;
 * an element with any text in it, white space included, keeps its content to the character, in one piece.
 * CDATA, comments and a declaration stay; an entity may be written as its character. What does not parse,
 * or would become larger than MAX_PRETTY_CHARS, comes back as it is.
 */
import {
  XmlCdata,
  XmlComment,
  XmlDocumentType,
  XmlElement,
  XmlProcessingInstruction,
  XmlText,
  type XmlNode,
} from '@rgrove/parse-xml'
import { parseTwiml } from './twiml.ts'

/** Indentation of a deep document of 64 KB could make megabytes of it. */
export const MAX_PRETTY_CHARS = 128 * 1024
const MAX_INDENT_LEVELS = 20
const MAX_LINE_CHARS = 100

export function toPrettyTwiml(text: string): string {
  const parsed = parseTwiml(text)
  if (!parsed.ok) return text
  const [declaration] = /^\uFEFF?<\?xml\s[^>]*\?>/.exec(text) ?? []
  const nodes = parsed.value.document.children.flatMap((node) => toLines(node, 0))
  const lines = declaration === undefined ? nodes : [declaration.replace(/^\uFEFF/, ''), ...nodes]
  const pretty = lines.join('\n')
  return pretty.length > MAX_PRETTY_CHARS ? text : pretty
}

/** White space between elements has no lines. */
function toLines(node: XmlNode, level: number): string[] {
  const indent = '  '.repeat(Math.min(level, MAX_INDENT_LEVELS))
  if (!(node instanceof XmlElement)) {
    const isLayout = node instanceof XmlText && !(node instanceof XmlCdata)
    return isLayout ? [] : [indent + toInline(node)]
  }
  const { name, children } = node
  const opening = toOpening(node, indent)
  if (children.length === 0) return [`${opening}/>`]
  if (hasText(node)) {
    return [`${opening}>${children.map((child) => toInline(child)).join('')}</${name}>`]
  }
  return [
    `${opening}>`,
    ...children.flatMap((child) => toLines(child, level + 1)),
    `${indent}</${name}>`,
  ]
}

/** Also white space, when nothing else is in the element. */
function hasText({ children }: XmlElement): boolean {
  const texts = children.filter((child) => child instanceof XmlText)
  if (texts.length === children.length) return true
  return texts.some((child) => child instanceof XmlCdata || child.text.trim() !== '')
}

/** `<Say voice="alice"`, without its end. */
function toOpening({ name, attributes }: XmlElement, indent: string): string {
  const pairs = Object.entries(attributes).map(
    ([attribute, value]) => `${attribute}="${escapeAttribute(value)}"`,
  )
  const line = [`${indent}<${name}`, ...pairs].join(' ')
  if (line.length <= MAX_LINE_CHARS || pairs.length < 2) return line
  const inside = pairs.map((pair) => `\n${indent}    ${pair}`)
  return `${indent}<${name}${inside.join('')}`
}

function toInline(node: XmlNode): string {
  if (node instanceof XmlCdata) return `<![CDATA[${node.text}]]>`
  if (node instanceof XmlText) return escapeText(node.text)
  if (node instanceof XmlComment) return `<!--${node.content}-->`
  if (node instanceof XmlProcessingInstruction)
    return `<?${[node.name, node.content].join(' ').trimEnd()}?>`
  if (node instanceof XmlDocumentType) return toDocumentType(node)
  if (!(node instanceof XmlElement)) return ''
  const opening = toOpening(node, '').replaceAll(/\n +/g, ' ')
  const content = node.children.map((child) => toInline(child)).join('')
  return content === '' ? `${opening}/>` : `${opening}>${content}</${node.name}>`
}

function toDocumentType({ name, publicId, systemId, internalSubset }: XmlDocumentType): string {
  const system = systemId === null ? '' : ` "${systemId}"`
  const ids =
    publicId === null ? (system === '' ? '' : ` SYSTEM${system}`) : ` PUBLIC "${publicId}"${system}`
  return `<!DOCTYPE ${name}${ids}${internalSubset === null ? '' : ` [${internalSubset}]`}>`
}

const CODES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
  '\n': '&#10;',
  '\t': '&#9;',
}

const encode = (character: string): string => CODES[character] ?? character

/** A carriage return that is not encoded would be read as a line feed (XML 1.0, 2.11). */
const escapeText = (text: string): string => text.replaceAll(/[&<>\r]/g, encode)

/** As every white space in an attribute would be read as a space (XML 1.0, 3.3.3). */
const escapeAttribute = (text: string): string => text.replaceAll(/[&<"\r\n\t]/g, encode)
