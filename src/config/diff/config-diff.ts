/**
 * What differs between two configs, as one writes them. Pure.
 *
 * The order of endpoints and targets does not count, that of replies does. A list of plain values, as
 * `events`, counts as one value: where one is put in, the rest has not changed.
 */
import diff, { type Difference } from 'microdiff'
import type { CompiledConfig } from '../compiled.ts'
import { at } from '../problem.ts'
import type { Json } from '../../events/event.ts'
import { toWritten, type Written } from './written.ts'

export type Change =
  | { type: 'added'; path: string; after: Json }
  | { type: 'removed'; path: string; before: Json }
  | { type: 'changed'; path: string; before: Json; after: Json }

type Path = readonly (string | number)[]

/** In the order of the config; null: there is none. */
export function diffConfigs(before: CompiledConfig | null, after: CompiledConfig): Change[] {
  const old: Written = before ? toWritten(before) : Object.create(null)
  const fresh = toWritten(after)
  const changes = new Map<string, Change>()
  for (const difference of diff(old, fresh)) {
    for (const path of toPaths(difference, old, fresh)) {
      const change = toChange(path, pick(old, path), pick(fresh, path))
      changes.set(change.path, change)
    }
  }
  return [...changes.values()]
}

/** The leaves of what came or went; the list itself when the difference is in a list of plain values. */
function toPaths({ path }: Difference, old: Written, fresh: Written): Path[] {
  for (let length = 1; length < path.length; length += 1) {
    const upper = path.slice(0, length)
    const lists = [pick(old, upper), pick(fresh, upper)]
    if (lists.every((list) => list === undefined || isPlainList(list))) return [upper]
  }
  const values = [pick(old, path), pick(fresh, path)]
  const [only] = values.filter((value) => value !== undefined)
  const isBoth = !values.includes(undefined)
  return isBoth || only === undefined ? [path] : toLeaves(path, only)
}

function toLeaves(path: Path, value: Json): Path[] {
  const isLeaf = typeof value !== 'object' || value === null || isPlainList(value)
  if (isLeaf || Object.keys(value).length === 0) return [path]
  return Object.entries(value).flatMap(([name, member]) => {
    return toLeaves([...path, Array.isArray(value) ? Number(name) : name], member)
  })
}

function isPlainList(value: Json): boolean {
  return Array.isArray(value) && value.every((item) => typeof item !== 'object' || item === null)
}

function pick(root: Json, path: Path): Json | undefined {
  let value: Json | undefined = root
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Array.isArray(value) ? value[Number(key)] : value[key]
  }
  return value
}

function toChange(path: Path, before: Json | undefined, after: Json | undefined): Change {
  const shown = path.reduce<string>(at, '')
  if (before === undefined) return { type: 'added', path: shown, after: after ?? null }
  if (after === undefined) return { type: 'removed', path: shown, before }
  return { type: 'changed', path: shown, before, after }
}
