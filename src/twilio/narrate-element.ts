/** How an element of TwiML is read for a sentence about it: its attributes and its text, in short. */
import { XmlElement, XmlText } from '@rgrove/parse-xml'

/** What a sentence says of one text; a document may have 64 KB of them. */
const MAX_SHOWN = 300

/** By code points, so that no emoji is cut in half. */
export function shorten(text: string): string {
  if (text.length <= MAX_SHOWN) return text
  const shown = Array.from(text.slice(0, MAX_SHOWN * 2))
    .slice(0, MAX_SHOWN)
    .join('')
  return shown.length === text.length ? text : `${shown}…`
}

const toLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()

/** Null when it is absent or empty. */
export function get(element: XmlElement, name: string): string | null {
  const value = toLine(element.attributes[name] ?? '')
  return value === '' ? null : shorten(value)
}

export const childrenOf = (element: XmlElement): XmlElement[] =>
  element.children.filter((child) => child instanceof XmlElement)

/** Its own text, in one line, without what its children say. */
export function ownText(element: XmlElement): string {
  const texts = element.children.map((child) => (child instanceof XmlText ? child.text : ''))
  return shorten(toLine(texts.join('')))
}

/** What somebody hears of an element, SSML included. */
export const speechOf = (element: XmlElement): string => shorten(toLine(toSpeech(element)))

function toSpeech(element: XmlElement): string {
  const parts = element.children.map((child) => {
    if (child instanceof XmlElement) return (SPEECH[child.name] ?? toSpeech)(child)
    return child instanceof XmlText ? child.text : ''
  })
  return parts.join('')
}

/** SSML: what changes the words or their pace; the rest is only a matter of tone. */
export const SPEECH: Readonly<Record<string, (element: XmlElement) => string>> = {
  break: (element) => ` (${get(element, 'time') ?? 'a short'} pause) `,
  emphasis: toSpeech,
  lang: toSpeech,
  p: (element) => ` ${toSpeech(element)} `,
  phoneme: toSpeech,
  prosody: toSpeech,
  s: (element) => ` ${toSpeech(element)} `,
  'say-as': toSpeech,
  sub: (element) => get(element, 'alias') ?? toSpeech(element),
  w: toSpeech,
}

export const quote = (text: string): string => `“${text}”`

/** `a; b`, without what is not there. */
export const join = (...parts: (string | null | false)[]): string =>
  parts.filter((part) => typeof part === 'string' && part !== '').join(', ')

/** `3 keys`, `1 key` */
export const count = (text: string, noun: string): string =>
  `${text} ${noun}${text === '1' ? '' : 's'}`

/** ` (voice alice, language en-GB)`: the named attributes that are there. */
export function details(element: XmlElement, ...names: string[]): string {
  const said = names.flatMap((name) => {
    const value = get(element, name)
    return value === null ? [] : [`${name} ${value}`]
  })
  return said.length === 0 ? '' : ` (${said.join(', ')})`
}

/** `then asks /menu`; without one Twilio does what the verb's page says. */
export function thenAsks(element: XmlElement, otherwise: string | null = null): string | null {
  const action = get(element, 'action')
  if (action === null) return otherwise
  return `then asks ${toMethod(element, 'method')}${action}`
}

/** POST is the rule and goes without saying. */
export const toMethod = (element: XmlElement, name: string): string =>
  get(element, name)?.toUpperCase() === 'GET' ? 'GET ' : ''

export const isTrue = (element: XmlElement, name: string): boolean =>
  get(element, name)?.toLowerCase() === 'true'
