/** Reads an event's `data` for a message. Others wrote it: what is not there, or no text, is null. */
import type { Json } from '../events/event.ts'

/** A text, number or boolean by its path, as text; null when there is none or it is empty. */
export function readText(data: Json, ...path: readonly string[]): string | null {
  let value: Json | undefined = data
  for (const name of path) value = readMember(value, name)
  return toScalarText(value)
}

export function toScalarText(value: Json | undefined): string | null {
  if (value === undefined || value === null || typeof value === 'object') return null
  const text = String(value)
  return text.trim() === '' ? null : text
}

function readMember(value: Json | undefined, name: string): Json | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return Object.hasOwn(value, name) ? value[name] : undefined
}
