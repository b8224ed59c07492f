/**
 * Words for a shell. Promises: what the shell hands to the program is the text, to the byte, and nothing
 * in it is run, expanded or sent to the terminal as a control sequence when it is pasted.
 */

/** zsh expands a leading `=`. */
const PLAIN = /^[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*$/
/** A terminal acts on these when a command is pasted, whatever quotes they are in. */
const CONTROL = /[\p{Cc}\u2028\u2029]/u
const CONTROLS = /[\p{Cc}\u2028\u2029]/gu

/** No argument of a program can hold a null byte. */
export const canBeArgument = (text: string): boolean => !text.includes('\0')

/** Whether a text needs more than the quotes that every shell has. */
export const hasControl = (text: string): boolean => CONTROL.test(text.replaceAll('\n', ''))

/**
 * One word. `'…'` for every POSIX shell; `$'…'` where there are control characters, for bash, zsh and
 * ksh (POSIX since 2024). The text has no null byte.
 */
export function toShellWord(text: string): string {
  const wellFormed = text.toWellFormed()
  if (PLAIN.test(wellFormed)) return wellFormed
  if (!hasControl(wellFormed)) return `'${wellFormed.replaceAll("'", String.raw`'\''`)}'`
  const escaped = wellFormed.replaceAll(/[\\']/g, String.raw`\$&`).replaceAll(CONTROLS, toOctal)
  return `$'${escaped}'`
}

/** Byte by byte and always three digits, so that no digit behind it is taken for a part of it. */
function toOctal(character: string): string {
  const bytes = new TextEncoder().encode(character)
  return Array.from(bytes, (byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')
}

/** A command over several lines: what it begins with, then each option with its value. */
export function toCommand(start: string, options: readonly (readonly string[])[]): string {
  const lines = options.map((words) => words.map(toShellWord).join(' '))
  return [start, ...lines].join(' \\\n  ')
}
