/**
 * Text from outside as it may be shown: what is invisible, or changes how the text around it looks, is
 * made visible. A null byte is `␀`, an override of the writing direction `⟨U+202E⟩`, half of a surrogate
 * pair `⟨U+D83D⟩`.
 *
 * Promises: what comes out has no control character but line ends and tabs, nothing of Unicode's
 * categories Cf and Cs, and none of its ignorable characters but where a language or an emoji needs it;
 * it is bounded, however long the text is. It is for eyes only: HTML is escaped by whoever renders it,
 * and what is written from right to left needs an element of its own (`<bdi>`).
 */
import { formatBytes } from './numbers.ts'

export interface Visible {
  text: string
  /** `60 KB more`; null when this is all. */
  more: string | null
}

export const MAX_VISIBLE_CHARS = 4_000

/** @param maxChars UTF-16 units of the text that are shown */
export function toVisible(text: string, maxChars = MAX_VISIBLE_CHARS): Visible {
  if (text.length <= maxChars) return { text: showHidden(text), more: null }
  const end = isPairAt(text, maxChars - 1) ? maxChars - 1 : maxChars
  const restBytes = new TextEncoder().encode(text.slice(end)).byteLength
  return { text: showHidden(text.slice(0, end)), more: `${formatBytes(restBytes)} more` }
}

const isPairAt = (text: string, index: number): boolean => (text.codePointAt(index) ?? 0) > 0xffff

const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

function showHidden(text: string): string {
  return text.replaceAll(HIDDEN, (character, index: number) =>
    isNeeded(character, index, text) ? character : toSymbol(character),
  )
}

/** Unicode has a picture of each character of ASCII that has none of its own. */
function toSymbol(character: string): string {
  const code = character.codePointAt(0) ?? 0
  if (code < 0x20) return String.fromCodePoint(0x2400 + code)
  if (code === 0x7f) return '␡'
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`
}

const NON_JOINER = '\u200C'
const JOINER = '\u200D'
const EMOJI_STYLE = '\uFE0F'
const EMOJI_BEFORE = /[\p{Extended_Pictographic}\p{Emoji_Modifier}]\uFE0F?$/u
const EMOJI_AFTER = /^\p{Extended_Pictographic}/u
const STYLED_BEFORE = /[\p{Extended_Pictographic}0-9#*]$/u
/** Scripts in which a joiner or its opposite changes the form of a letter. */
const JOINED =
  '\\p{Script=Arabic}\\p{Script=Syriac}\\p{Script=Devanagari}\\p{Script=Bengali}\\p{Script=Gurmukhi}\\p{Script=Gujarati}\\p{Script=Oriya}\\p{Script=Tamil}\\p{Script=Telugu}\\p{Script=Kannada}\\p{Script=Malayalam}\\p{Script=Sinhala}\\p{Script=Khmer}'
/** Some signs of these scripts are hidden themselves. */
const LETTER = `(?![\\p{Cf}\\p{Default_Ignorable_Code_Point}])[${JOINED}]`
const JOINED_BEFORE = new RegExp(`${LETTER}$`, 'u')
const JOINED_AFTER = new RegExp(`^${LETTER}`, 'u')

function isNeeded(character: string, index: number, text: string): boolean {
  if (character === '\n' || character === '\t') return true
  if (character !== NON_JOINER && character !== JOINER && character !== EMOJI_STYLE) return false
  // A code point and its style have three units at most; more of the text would make this quadratic.
  const before = text.slice(Math.max(0, index - 3), index)
  const after = text.slice(index + 1, index + 3)
  if (character === EMOJI_STYLE) return STYLED_BEFORE.test(before)
  if (JOINED_BEFORE.test(before) && JOINED_AFTER.test(after)) return true
  return character === JOINER && EMOJI_BEFORE.test(before) && EMOJI_AFTER.test(after)
}
