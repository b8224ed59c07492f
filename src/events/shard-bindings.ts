/**
 * The bindings of several shards: `EVENTS`, `EVENTS_2`, `EVENTS_3`, … as the wrangler files have them.
 * What the bindings say is how many shards there are.
 */
import { err, ok, type Result } from '../result.ts'
import { MAX_SHARDS } from './shard.ts'

/** Never empty. */
export type Bound<T> = [T, ...T[]]

/** `EVENTS` for the first, `EVENTS_2` for the second. */
export const toBindingName = (name: string, shard: number): string =>
  shard === 1 ? name : `${name}_${shard}`

/** The names of `name`'s bindings in order; the problem in words when one is missing in between. */
export function readBindingNames(
  names: readonly string[],
  name: string,
): Result<Bound<string>, string> {
  const found = names.filter((each) => each === name || /^_\d+$/.test(toSuffix(each, name)))
  const rest = Array.from({ length: found.length - 1 }, (_, i) => toBindingName(name, i + 2))
  const missing = [name, ...rest].find((each) => !found.includes(each))
  if (missing !== undefined) {
    const others = found.length === 0 ? 'there is none' : `there is ${found.join(', ')}`
    return err(`the binding ${missing} is missing: ${others}`)
  }
  if (found.length > MAX_SHARDS) return err(`${name} has more than ${MAX_SHARDS} bindings`)
  return ok([name, ...rest])
}

const toSuffix = (each: string, name: string): string =>
  each.startsWith(name) ? each.slice(name.length) : ''

/** The bindings themselves. @param isOne what such a binding can be told by */
export function readBindings<T>(
  env: object,
  name: string,
  isOne: (value: unknown) => value is T,
): Result<Bound<T>, string> {
  const names = readBindingNames(Object.keys(env), name)
  if (!names.ok) return names
  const values = new Map<string, unknown>(Object.entries(env))
  const [first, ...rest] = names.value.map((each) => values.get(each)).filter(isOne)
  if (first === undefined || rest.length + 1 < names.value.length) {
    return err(`of the bindings ${names.value.join(', ')} one is not what it should be`)
  }
  return ok([first, ...rest])
}

export function isQueue(value: unknown): value is Queue {
  return has(value, 'send')
}

export function isDatabase(value: unknown): value is D1Database {
  return has(value, 'prepare')
}

function has(value: unknown, method: string): boolean {
  if (typeof value !== 'object' || value === null || !(method in value)) return false
  const found: unknown = Reflect.get(value, method)
  return typeof found === 'function'
}

/**
 * The shard of a queue by its name: `switchboard-events-2` is the second's, also in an environment
 * (`switchboard-events-staging-2`); without a number it is the first's. Of one shard any name is.
 *
 * @returns null when there is no such shard
 */
export function toQueueShard(queue: string, shards: number): number | null {
  if (shards === 1) return 1
  const digits = /-(\d+)$/.exec(queue)?.[1]
  if (digits === undefined) return 1
  const shard = Number(digits)
  return String(shard) === digits && shard >= 2 && shard <= shards ? shard : null
}
