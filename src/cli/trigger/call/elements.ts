/** Reading TwiML's elements: attributes, text, children that are elements. */
import { XmlElement } from '@rgrove/parse-xml'

export function childrenOf(element: XmlElement): XmlElement[] {
  return element.children.filter((child) => child instanceof XmlElement)
}

/** Undefined when it is absent or empty. */
export function attribute(element: XmlElement, name: string): string | undefined {
  return element.attributes[name]?.trim() || undefined
}

/** In one line, as it is spoken. */
export const textOf = (element: XmlElement): string => element.text.replaceAll(/\s+/g, ' ').trim()

const MAX_SPOKEN = 200

/** What somebody hears of a Say, Play or Pause; null for another verb, or nothing. */
export function toHeard(element: XmlElement): string | null {
  const text = textOf(element)
  switch (element.name) {
    case 'Say':
      return text === '' ? null : `hears “${shorten(text)}”`
    case 'Play':
      return text === '' ? 'hears tones' : `hears the sound ${text.split(/[?#]/, 1)[0]}`
    case 'Pause':
      return `waits ${attribute(element, 'length') ?? '1'} s`
    default:
      return null
  }
}

export const shorten = (text: string): string =>
  text.length > MAX_SPOKEN ? `${text.slice(0, MAX_SPOKEN)}…` : text
