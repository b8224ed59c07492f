/**
 * Checks a TwiML document of the config against the grammar of Twilio's own SDK: verbs, nesting,
 * attributes and their values, and where placeholders stand. Twilio itself only warns about most of
 * this (error 12200) and then ignores the part, in the middle of a call; here it is refused.
 *
 * Never part of a Worker: the grammar stays with the command that builds the config.
 */
import { XmlElement, XmlText, type XmlNode } from '@rgrove/parse-xml'
import grammars from '../twilio/twiml-grammar.json' with { type: 'json' }
import { parseTwiml, type TwimlReason } from '../twilio/twiml.ts'
import { checkPlaceholders, hasPlaceholder, isUnencoded, lineOf } from './check-placeholders.ts'
import { closest, suggest } from './did-you-mean.ts'
import type { Complaint, Report } from './problem.ts'

interface ElementRule {
  children?: string[]
  /** Whether text may stand in it. */
  text?: boolean
  /** Null: any value. A list's items are separated by spaces. */
  attributes?: { [name: string]: null | { oneOf: string[] } | { listOf: string[] } }
}

/** Rules by element name; `Parent/Name` where a name means something else in one place. */
type Grammar = Readonly<Record<string, ElementRule>>

const GRAMMARS: Readonly<Record<'voice' | 'messaging' | 'fax', Grammar>> = grammars

export type TwimlFamily = keyof typeof GRAMMARS

const FAMILIES: readonly TwimlFamily[] = ['voice', 'messaging', 'fax']

const verbsOf = (family: TwimlFamily): string[] => GRAMMARS[family]['Response']?.children ?? []

/** https://www.twilio.com/docs/api/errors/14109 */
const MAX_MESSAGES = 10

/** Checks one document; `family` null: the one whose verbs it uses. */
export function checkTwiml(
  text: string,
  family: TwimlFamily | null,
  path: string,
  report: Report,
): void {
  const parsed = parseTwiml(text)
  if (!parsed.ok) {
    const { reason, detail } = parsed.error
    return report.add(path, { ...PARSE_COMPLAINTS[reason], message: detail })
  }
  const { document, root } = parsed.value
  const checker = new Checker(text, path, report)
  const verbs = elementsOf(root)
  const messages = verbs.filter(({ name }) => name === 'Message').length
  if (messages > MAX_MESSAGES) {
    const message = `${messages} messages in one answer; Twilio sends ${MAX_MESSAGES} (14109)`
    report.add(path, { code: 'twiml_messages', message, fix: 'leave some out' })
  }
  checkPlaceholders(document, text, path, report)
  const chosen = family ?? chooseFamily(verbs)
  if (chosen) return checker.checkElement(root, GRAMMARS[chosen])
  report.add(path, {
    code: 'twiml_mixed',
    message: 'verbs for calls and for messages in one document',
    fix: 'write a document for each, and an endpoint for each',
  })
}

const PARSE_COMPLAINTS: Record<TwimlReason, Omit<Complaint, 'message'>> = {
  too_large: { code: 'twiml_too_large', fix: 'Twilio takes 64 kB (11750): shorten it' },
  malformed: {
    code: 'twiml_malformed',
    fix: 'write & as &amp; and < as &lt;; {{…}} stands only in text and attribute values',
  },
  too_deep: { code: 'twiml_too_deep', fix: 'nest less' },
  wrong_root: { code: 'twiml_wrong_root', fix: 'put everything into <Response>…</Response>' },
}

/** The first family that has all these verbs, guessed where one is misspelt; null when none has. */
function chooseFamily(verbs: XmlElement[]): TwimlFamily | null {
  const all = FAMILIES.flatMap(verbsOf)
  const names = verbs.map(({ name }) => (all.includes(name) ? name : closest(name, all)))
  const known = names.filter((name) => name !== null)
  return FAMILIES.find((family) => known.every((name) => verbsOf(family).includes(name))) ?? null
}

class Checker {
  readonly #text: string
  readonly #path: string
  readonly #report: Report

  constructor(text: string, path: string, report: Report) {
    this.#text = text
    this.#path = path
    this.#report = report
  }

  checkElement(element: XmlElement, grammar: Grammar, parent = ''): void {
    const rule = grammar[`${parent}/${element.name}`] ?? grammar[element.name] ?? {}
    this.#checkAttributes(element, rule)
    this.#checkText(element, rule)
    for (const child of elementsOf(element)) {
      if (rule.children?.includes(child.name)) this.checkElement(child, grammar, element.name)
      else this.#misplaced(child, element, grammar)
    }
  }

  #checkAttributes(element: XmlElement, { attributes = {} }: ElementRule): void {
    for (const [name, value] of Object.entries(element.attributes)) {
      const allowed = Object.hasOwn(attributes, name) ? attributes[name] : undefined
      if (allowed === undefined) {
        const known = Object.keys(attributes)
        const names = known.length > 0 ? `there are ${known.join(', ')}` : 'it takes none'
        const message = `<${element.name}> has no attribute "${name}"`
        this.#add(element, { code: 'twiml_attribute', message, fix: suggest(name, known, names) })
      } else if (hasPlaceholder(value)) {
        this.#checkEncoding(value, element)
      } else if (allowed) {
        this.#checkValue(element, name, value, allowed)
      }
    }
  }

  #checkValue(
    element: XmlElement,
    name: string,
    value: string,
    allowed: { oneOf: string[] } | { listOf: string[] },
  ): void {
    const isList = 'listOf' in allowed
    const known = isList ? allowed.listOf : allowed.oneOf
    for (const item of isList ? value.trim().split(/\s+/) : [value]) {
      if (known.includes(item)) continue
      const message = `"${item}" is no ${name} of <${element.name}>`
      const fix = suggest(item, known, `use ${known.join(', ')}`)
      this.#add(element, { code: 'twiml_value', message, fix })
    }
  }

  #checkText(element: XmlElement, rule: ElementRule): void {
    for (const node of element.children) {
      if (!(node instanceof XmlText) || node.text.trim() === '') continue
      if (rule.text) {
        this.#checkEncoding(node.text, node)
      } else {
        const message = `<${element.name}> takes no text`
        const fix = 'put it into <Say> or <Message>, or remove it'
        this.#add(node, { code: 'twiml_text', message, fix })
      }
    }
  }

  #checkEncoding(value: string, node: XmlNode): void {
    if (!isUnencoded(value)) return
    this.#report.warn(this.#path, {
      code: 'unencoded_placeholder',
      message: `line ${lineOf(this.#text, node)}: a placeholder in a URL is not percent-encoded`,
      fix: 'write {{Name|url}}',
    })
  }

  #misplaced(child: XmlElement, parent: XmlElement, grammar: Grammar): void {
    const parents = Object.entries(grammar).filter(([, rule]) =>
      rule.children?.includes(child.name),
    )
    if (parents.length > 0) {
      const message = `<${child.name}> cannot stand in <${parent.name}>`
      const names = parents.map(([name]) => `<${name}>`).join(', ')
      return this.#add(child, { code: 'twiml_nesting', message, fix: `put it into ${names}` })
    }
    const message = `<${child.name}> is not known here`
    const family = FAMILIES.find((name) => verbsOf(name).includes(child.name))
    const otherwise = family ? `it is a verb of ${family} only: remove it` : 'remove it'
    const fix = suggest(child.name, grammar[parent.name]?.children ?? [], otherwise)
    this.#add(child, { code: 'twiml_unknown_element', message, fix })
  }

  #add(node: XmlNode, complaint: Complaint): void {
    const message = `line ${lineOf(this.#text, node)}: ${complaint.message}`
    this.#report.add(this.#path, { ...complaint, message })
  }
}

const elementsOf = (element: XmlElement): XmlElement[] =>
  element.children.filter((child) => child instanceof XmlElement)
