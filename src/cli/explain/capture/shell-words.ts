/**
 * The words of one shell command, as bash would hand them to a program: '…', "…", $'…', backslashes and
 * line continuations. As bytes, because `$'\xe4'` is a byte and no character.
 *
 * Reads to the end of the command (a line end, `;`, `|`, `&`, `<`, `>`). What only a running shell knows
 * (`$NAME`, `$(…)`, backquotes) is refused. Globs, braces and `~` stay as they are written.
 */
import { Buffer } from 'node:buffer'
import { UsageError } from '../../terminal/errors.ts'
import { MAX_ESCAPE_LENGTH, readAnsiEscape } from './ansi-escapes.ts'

export function toShellWords(command: string): Buffer[] {
  const reader = new WordReader(command)
  reader.read()
  return reader.words
}

const SPACE = /[ \t]/
const END = /[\n;|&<>]/

class WordReader {
  readonly words: Buffer[] = []
  readonly #text: string
  #at = 0
  /** The parts of the word that is being read; null between words. */
  #word: Buffer[] | null = null

  constructor(command: string) {
    this.#text = command.replaceAll('\r\n', '\n').trim()
  }

  read(): void {
    while (this.#at < this.#text.length) {
      const char = this.#next()
      if (SPACE.test(char)) this.#endWord()
      else if (char === '\\') this.#readBackslash()
      else if (char === "'") this.#add(this.#upTo("'"))
      else if (char === '"') this.#readDoubleQuoted()
      else if (char === '$') this.#readDollar()
      else if (char === '`') throw needsShell('`…`')
      else if (END.test(char)) break
      else if (char === '#' && this.#word === null) break
      else this.#add(char)
    }
    this.#endWord()
  }

  /** One character, which is two UTF-16 units outside the basic plane. */
  #next(): string {
    const char = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0)
    this.#at += char.length
    return char
  }

  #peek(): string {
    return this.#text.charAt(this.#at)
  }

  #add(part: string | Buffer): void {
    this.#word ??= []
    this.#word.push(typeof part === 'string' ? Buffer.from(part) : part)
  }

  #endWord(): void {
    if (this.#word !== null) this.words.push(Buffer.concat(this.#word))
    this.#word = null
  }

  #upTo(quote: string): string {
    const end = this.#text.indexOf(quote, this.#at)
    if (end === -1) throw unclosed(quote)
    const text = this.#text.slice(this.#at, end)
    this.#at = end + 1
    return text
  }

  #readBackslash(): void {
    if (this.#at >= this.#text.length) return this.#add('\\')
    const char = this.#next()
    if (char !== '\n') this.#add(char)
  }

  /** Inside, a backslash is one unless `$`, a backquote, `"`, `\` or a line end follows. */
  #readDoubleQuoted(): void {
    this.#add('')
    for (;;) {
      if (this.#at >= this.#text.length) throw unclosed('"')
      const char = this.#next()
      if (char === '"') return
      if (char === '`') throw needsShell('`…`')
      if (char === '$') this.#refuseExpansion()
      if (char !== '\\') this.#add(char)
      else if (/[$`"\\]/.test(this.#peek())) this.#add(this.#next())
      else if (this.#peek() === '\n') this.#at++
      else this.#add('\\')
    }
  }

  #readDollar(): void {
    if (this.#peek() === '"') return
    if (this.#peek() !== "'") {
      this.#refuseExpansion()
      return this.#add('$')
    }
    this.#at++
    this.#add('')
    for (;;) {
      if (this.#at >= this.#text.length) throw unclosed("$'")
      const char = this.#next()
      if (char === "'") return
      if (char !== '\\') this.#add(char)
      else {
        const { bytes, length } = readAnsiEscape(
          this.#text.slice(this.#at, this.#at + MAX_ESCAPE_LENGTH),
        )
        this.#add(bytes)
        this.#at += length
      }
    }
  }

  /** Behind a `$`: a name, a digit, a special parameter, `{` or `(` would be expanded. */
  #refuseExpansion(): void {
    // bash takes line continuations out before it looks.
    const behind = this.#text.slice(this.#at).replace(/^(?:\\\n)+/, '')
    const [name] = /^(?:\{[^}]*\}|\(|\w+|[?!@*#$-])/.exec(behind) ?? []
    if (name !== undefined) throw needsShell(`$${name.slice(0, 40)}`)
  }
}

function unclosed(quote: string): UsageError {
  return new UsageError(`The command has a ${quote} that is not closed.`, {
    code: 'capture_quote',
    next: 'Copy the whole command, with its last quote.',
  })
}

function needsShell(what: string): UsageError {
  return new UsageError(`The command uses ${what}, which only a shell can fill in.`, {
    code: 'capture_variable',
    next: 'Put the value in its place.',
  })
}
