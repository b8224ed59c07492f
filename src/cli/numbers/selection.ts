/**
 * `--only`: phone numbers, short codes, SIDs, or files with one of them on each line. Errors say which
 * one by its place: a phone number stays out of them.
 */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { UsageError } from '../terminal/errors.ts'
import type { Resource } from './resource.ts'

/** What was asked for, once each; null: everything. */
export function readSelection(only: readonly string[]): string[] | null {
  if (only.length === 0) return null
  return [...new Set(only.flatMap((text, index) => readOne(text.trim(), index + 1)))]
}

/** As people write phone numbers: `+1 (415) 555-0100`. */
const PHONE_NUMBER = /^\+[\d\s().-]{4,24}$/
const SHORT_CODE = /^\d{3,8}$/
const SID = /^[A-Z]{2}[0-9a-fA-F]{32}$/

function readOne(text: string, place: number): string[] {
  const item = toItem(text)
  if (item !== null) return [item]
  if (!existsSync(text) || !statSync(text).isFile()) {
    throw new UsageError(
      `--only (${place}) is neither a phone number with its +, nor a SID, nor a file.`,
      {
        code: 'selection_invalid',
        next: 'Write --only +15005550006, --only PN…, or --only numbers.txt with one on each line.',
      },
    )
  }
  return readFileSync(text, 'utf8')
    .split(/\r?\n/)
    .flatMap((line, index) => {
      const content = line.replace(/#.*/, '').trim()
      if (content === '') return []
      const found = toItem(content)
      if (found !== null) return [found]
      throw new UsageError(`${text}, line ${index + 1}, is neither a phone number nor a SID.`, {
        code: 'selection_invalid',
      })
    })
}

function toItem(text: string): string | null {
  if (PHONE_NUMBER.test(text)) return `+${text.replaceAll(/\D/g, '')}`
  return SID.test(text) || SHORT_CODE.test(text) ? text : null
}

/** Throws a UsageError when one of them is not there. */
export function chooseResources<T extends Pick<Resource, 'kind' | 'sid' | 'name'>>(
  resources: readonly T[],
  selection: readonly string[] | null,
): readonly T[] {
  if (selection === null) return resources
  const byItem = new Map<string, T>()
  for (const each of resources) {
    byItem.set(each.sid, each)
    // Other names are their owner's choice, and need not be the only ones.
    if (each.kind === 'number' || each.kind === 'short-code') byItem.set(each.name, each)
  }
  const missing = selection.flatMap((item, index) => (byItem.has(item) ? [] : [index + 1]))
  if (missing.length > 0) {
    throw new UsageError(
      `--only: ${missing.length} of ${selection.length} not found (in its order: ${missing.slice(0, 10).join(', ')}).`,
      {
        code: 'selection_unknown',
        next: 'switchboard numbers scan --all lists what there is.',
      },
    )
  }
  const chosen = new Set(selection.map((item) => byItem.get(item)))
  return resources.filter((each) => chosen.has(each))
}
