/**
 * Foreign text inside a chat message: readable, harmless and bounded.
 *
 * Slack's control characters are escaped (https://api.slack.com/reference/surfaces/formatting), so no
 * `<!channel>`, no `<@U…>` and no link with another face. The services that are compatible with Slack
 * also read Markdown and plain mentions: an `@` that could be one, and the `](` of a Markdown link, get
 * a zero-width space behind their first character.
 *
 * Weak: a URL in the text can still become a link, `*bold*` is bold, and a service that does not know
 * Slack's entities shows `&amp;`.
 */

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** At the start of a word, or anywhere before a name that calls everybody (Discord). */
const MENTION = /(?<![A-Za-z0-9])@|@(?=everyone|here|channel|all)/gi
const MARKDOWN_LINK = /\]\(/g
const LINE_BREAK = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/g
/** Controls but for the line feed, and what turns the direction of the text behind it around. */
// oxlint-disable-next-line no-control-regex -- they are what is removed
const INVISIBLE = /[\0-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

const MAX_PART_CHARS = 100

/** In one line; what is too long ends in `…`. The result has at most `maxChars` characters. */
export function toInline(text: string, maxChars: number): string {
  return escapeWithin(clean(text, maxChars).replace(/\s+/g, ' ').trim(), maxChars, ' ')
}

/** What there is of it, each part cut to 100 characters: `a · b`. */
export function toInlineList(parts: readonly (string | null | undefined)[]): string {
  const shown = parts.filter((part) => typeof part === 'string')
  return shown.map((part) => toInline(part, MAX_PART_CHARS)).join(' · ')
}

/** As a quotation: each line starts with `> `, so that none looks like one of ours. */
export function toQuote(text: string, maxChars: number): string {
  const lines = clean(text, maxChars)
    .replace(/\n{3,}/g, '\n\n')
    .trim()
  return `> ${escapeWithin(lines, maxChars - 2, '\n> ')}`
}

/** Of a text that is much too long, no more than can be shown. */
function clean(text: string, maxChars: number): string {
  return text
    .slice(0, 4 * maxChars)
    .toWellFormed()
    .replace(LINE_BREAK, '\n')
    .replace(/\t/g, ' ')
    .replace(INVISIBLE, '')
    .replace(MENTION, '@\u200B')
    .replace(MARKDOWN_LINK, ']\u200B(')
}

/** By whole characters: an entity that is cut in two is none. */
function escapeWithin(text: string, maxChars: number, lineBreak: string): string {
  let escaped = ''
  for (const char of text) {
    const piece = char === '\n' ? lineBreak : (ENTITIES[char] ?? char)
    if (escaped.length + piece.length >= maxChars) return `${escaped}…`
    escaped += piece
  }
  return escaped
}
