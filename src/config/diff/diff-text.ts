/**
 * A difference as lines for people: `+`, `-` or `~`, the path as one writes it, the value. Long texts
 * are compared line by line. Pure.
 *
 * What comes from KV may have been written by anybody who may write there: no control character of it
 * reaches the terminal.
 */
import { inspect } from 'node:util'
import type { Json } from '../../events/event.ts'
import type { Change } from './config-diff.ts'
import { diffLines, type Line } from './line-diff.ts'

const MAX_VALUE_LENGTH = 100
const MAX_LINE_LENGTH = 160
/** Lines that stayed, shown before and after those that did not. */
const CONTEXT_LINES = 1

export function toDiffLines(changes: readonly Change[]): string[] {
  return changes.flatMap(toLines).map(toPrintable)
}

function toLines(change: Change): string[] {
  const { path, type } = change
  if (type === 'added') return [`+ ${path}: ${toShown(change.after)}`]
  if (type === 'removed') return [`- ${path}: ${toShown(change.before)}`]
  const { before, after } = change
  if (typeof before === 'string' && typeof after === 'string' && [before, after].some(isLong)) {
    const lines = diffLines(toTextLines(before), toTextLines(after))
    // White space between two tags is all that differs.
    if (lines.some(({ sign }) => sign !== ' ')) return [`~ ${path}:`, ...toHunks(lines)]
  }
  return [`~ ${path}: ${toShown(before)} → ${toShown(after)}`]
}

const isLong = (text: string): boolean => text.length > MAX_VALUE_LENGTH / 2 || text.includes('\n')

/** XML that is written in one line is cut between its tags. */
function toTextLines(text: string): string[] {
  const lines = text.trimEnd().split(/\r?\n/)
  return lines.flatMap((line) => (line.length > MAX_VALUE_LENGTH / 2 ? splitTags(line) : line))
}

const splitTags = (line: string): string[] => line.replaceAll(/>\s*</g, '>\n<').split('\n')

function toHunks(lines: readonly Line[]): string[] {
  const isNear = (i: number) =>
    lines
      .slice(Math.max(i - CONTEXT_LINES, 0), i + CONTEXT_LINES + 1)
      .some(({ sign }) => sign !== ' ')
  const shown = lines.flatMap(({ sign, text }, i) => {
    if (isNear(i)) return [`    ${sign} ${shorten(text, MAX_LINE_LENGTH)}`]
    return i === 0 || isNear(i - 1) ? ['      …'] : []
  })
  return shown
}

export function toShown(value: Json): string {
  // A plain copy: `inspect` would tell that these have no prototype.
  const plain: unknown = JSON.parse(JSON.stringify(value))
  const items = Array.isArray(plain) ? plain.map(toText) : null
  return shorten(items ? `[${items.join(', ')}]` : toText(plain), MAX_VALUE_LENGTH)
}

const toText = (value: unknown): string => inspect(value, { depth: 6, breakLength: Infinity })

function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`
}

/** Text of others, for a terminal: without what it obeys, and without what turns the order of letters. */
export function toPrintable(text: string): string {
  return text.replaceAll(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu, ' ')
}
