/** Makes plain JSON of what a config file holds, or says where it is not. */
import type { Json } from '../events/event.ts'
import { at, type Report } from './problem.ts'

/** Guards every walk over the value, and finds cycles. */
const MAX_DEPTH = 32

/** Undefined, and the report says why, when the value is not JSON all the way down. */
export function readJson(
  value: unknown,
  path: string,
  report: Report,
  depth = 0,
): Json | undefined {
  const before = report.problems.length
  const json = toJson(value, path, report, depth)
  return report.problems.length === before ? json : undefined
}

function toJson(value: unknown, path: string, report: Report, depth: number): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (depth < MAX_DEPTH) {
    if (Array.isArray(value)) {
      return value.map((item: unknown, i) => toJson(item, at(path, i), report, depth + 1))
    }
    if (isPlainObject(value)) {
      const entries = Object.entries(value)
      return Object.fromEntries(
        entries.map(([name, item]) => [name, toJson(item, at(path, name), report, depth + 1)]),
      )
    }
  }
  report.add(path, {
    code: 'not_json',
    message: `${describe(value)} cannot be kept as JSON`,
    fix:
      value instanceof RegExp
        ? "write { $regex: '…', $options: 'i' }"
        : 'use text, numbers, true, false, null, lists and plain objects',
  })
  return null
}

function describe(value: unknown): string {
  if (typeof value !== 'object') return typeof value
  return isPlainObject(value) || Array.isArray(value) ? 'something nested so deep' : 'this object'
}

export function isPlainObject(value: unknown): value is { [name: string]: unknown } {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
