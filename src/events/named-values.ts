/** What stands under certain names in an event and its request: in pairs, in JSON, in JSON that is text. */
import type { Param } from '../twilio/params.ts'
import { parseJson } from '../twilio/values.ts'
import type { Json } from './event.ts'

export type NameTest = (name: string) => boolean

/** Without regard to case and separators: `From` is `from`, `MessagingBinding.Address` is `messaging_binding_address`. */
export function createNameTest(names: readonly string[]): NameTest {
  const wanted = new Set(names.map(toPlainName))
  return (name) => wanted.has(toPlainName(name))
}

export function toPlainName(name: string): string {
  const lower = name.toLowerCase()
  return lower.replaceAll(/[^\p{L}\p{N}]+/gu, '') || lower
}

/** As text, each once, at any depth; without the empty ones. */
export function collectNamedValues(
  pairs: readonly Param[],
  data: Json,
  isNamed: NameTest,
): Set<string> {
  const values = new Set<string>()
  for (const [name, value] of pairs) collect(value, isNamed(name), isNamed, values)
  collect(data, false, isNamed, values)
  return values
}

function collect(value: Json, isWanted: boolean, isNamed: NameTest, values: Set<string>): void {
  if (value === null || value === '') return
  if (Array.isArray(value)) {
    for (const item of value) collect(item, isWanted, isNamed, values)
  } else if (typeof value === 'object') {
    for (const [name, member] of Object.entries(value)) {
      collect(member, isWanted || isNamed(name), isNamed, values)
    }
  } else if (isWanted) {
    values.add(String(value))
  } else if (typeof value === 'string' && /^\s*[[{]/.test(value)) {
    collect(parseJson(value) ?? null, false, isNamed, values)
  }
}
