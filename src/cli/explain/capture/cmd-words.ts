/**
 * The words of a command for Windows' cmd.exe, as browsers write them with "Copy as cURL (cmd)": `^`
 * takes the meaning from the character behind it, and the C runtime splits what is left at spaces
 * outside of `"…"`, where `\"` is a quote.
 */
import { Buffer } from 'node:buffer'

/** Whether a command is written for cmd.exe: `^` at the end of a line or before a quote. */
export function isCmdCommand(command: string): boolean {
  return /\^\r?\n/.test(command) || /\s\^?"[^'\n]*\^"/.test(command)
}

export function toCmdWords(command: string): Buffer[] {
  return splitWords(withoutCarets(command.trim().replaceAll('\r\n', '\n')))
}

/** A caret before a line end joins the lines; a line end behind that one is meant. */
function withoutCarets(text: string): string {
  return text.replaceAll(/\^\n(\n?)/g, '$1').replaceAll(/\^([^\n])/g, '$1')
}

/** The rules of the C runtime: 2n backslashes and a quote are n and the quote's meaning. */
function splitWords(text: string): Buffer[] {
  const words: Buffer[] = []
  let word: string | null = null
  let isQuoted = false
  for (const [part] of text.matchAll(/\\*"|\\+|[^\\"]/gu)) {
    if (part.endsWith('"')) {
      const slashes = part.length - 1
      word = (word ?? '') + '\\'.repeat(slashes >> 1)
      if (slashes % 2 === 1) word += '"'
      else isQuoted = !isQuoted
    } else if (/^\s$/.test(part) && !isQuoted) {
      if (word !== null) words.push(Buffer.from(word))
      word = null
    } else word = (word ?? '') + part
  }
  if (word !== null) words.push(Buffer.from(word))
  return words
}
