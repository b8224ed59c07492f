/**
 * Where placeholders may stand. Escaping protects text and attribute values only: in a comment, a
 * CDATA section, a processing instruction or a DOCTYPE a value could end the node and go on as markup.
 * (In the name of an element or attribute they are no well-formed XML.)
 */
import { XmlCdata, XmlDocument, XmlElement, XmlText, type XmlNode } from '@rgrove/parse-xml'
import { compileTemplate } from '../twilio/template.ts'
import type { Report } from './problem.ts'

export function checkPlaceholders(
  document: XmlDocument,
  text: string,
  path: string,
  report: Report,
): void {
  checkBraces(text, path, report)
  for (const node of findUnprotected(document)) {
    if (!hasPlaceholder(text.slice(node.start, node.end))) continue
    report.add(path, {
      code: 'bad_placeholder',
      message: `line ${lineOf(text, node)}: a placeholder in a ${node.type} node`,
      fix: 'move it into text or an attribute value',
    })
  }
}

function findUnprotected(node: XmlNode): XmlNode[] {
  if (node instanceof XmlElement || node instanceof XmlDocument) {
    return node.children.flatMap(findUnprotected)
  }
  return node instanceof XmlText && !(node instanceof XmlCdata) ? [] : [node]
}

/** What looks like a placeholder and is none would be sent as it stands. */
export function checkBraces(text: string, path: string, report: Report): void {
  if (!compileTemplate(text).literals.some((literal) => literal.includes('{{'))) return
  report.add(path, {
    code: 'bad_placeholder',
    message: 'a {{ that starts no placeholder',
    fix: 'write {{Name}} or {{Name|url}} with the name of a request parameter',
  })
}

export const hasPlaceholder = (text: string): boolean =>
  compileTemplate(text).placeholders.length > 0

/** In a query `+` means a space and `&` another parameter, and phone numbers start with `+`. */
export function isUnencoded(value: string): boolean {
  if (!/^\s*(?:https?:|wss?:|\/|\?)/.test(value)) return false
  return compileTemplate(value).placeholders.some(({ url }) => !url)
}

/** 1-based. */
export function lineOf(text: string, node: XmlNode): number {
  return text.slice(0, Math.max(node.start, 0)).split('\n').length
}
