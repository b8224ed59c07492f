/**
 * Checks one object of a config against its zod schema and reports in the config's own terms.
 *
 * Objects are read one by one, not as one nested schema: so a mistake in one place never hides those
 * in another, and an unknown member can be compared with the ones that exist there.
 */
import { z } from 'zod'
import { err, ok, type Result } from '../result.ts'
import { suggest } from './did-you-mean.ts'
import { at, type Complaint, type Report } from './problem.ts'

/** Null, and the report says why, when the value is not as the schema wants it. */
export function readObject<Schema extends z.ZodObject>(
  schema: Schema,
  value: unknown,
  path: string,
  report: Report,
): z.output<Schema> | null {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  for (const issue of parsed.error.issues) reportIssue(issue, schema, path, report)
  return null
}

function reportIssue(issue: z.core.$ZodIssue, schema: z.ZodObject, path: string, report: Report) {
  const place = issue.path.reduce(at, path)
  if (issue.code !== 'unrecognized_keys') return report.add(place, toComplaint(issue))
  const known = Object.keys(schema.shape)
  for (const key of issue.keys) {
    report.add(at(place, key), {
      code: 'unknown_key',
      message: `there is no "${key}" here`,
      fix: suggest(key, known, `remove it; there are ${known.join(', ')}`),
    })
  }
}

function toComplaint(issue: z.core.$ZodIssue): Complaint {
  const message = issue.message.toLowerCase()
  // Only `field` below makes custom issues.
  if (issue.code === 'custom') return { ...COMPLAINT, message: issue.message, ...issue.params }
  if (issue.code === 'too_small') {
    return { code: 'out_of_range', message, fix: `stay at or above ${issue.minimum}` }
  }
  if (issue.code === 'too_big') {
    return { code: 'out_of_range', message, fix: `stay at or below ${issue.maximum}` }
  }
  if (issue.code !== 'invalid_type') return { ...COMPLAINT, message }
  const fix = `write ${EXPECTED[issue.expected] ?? issue.expected}`
  // zod leaves the value itself out of an issue, and names its type in the message only.
  if (message.endsWith('received undefined')) return { code: 'missing', message: MISSING, fix }
  return { code: 'wrong_type', message: `this is no ${issue.expected}`, fix }
}

const MISSING = 'this is missing'
const COMPLAINT = { code: 'wrong_type', fix: 'see the types in src/config/index.ts' } as const

const EXPECTED: Readonly<Record<string, string>> = {
  object: 'an object, { … }',
  record: 'an object, { … }',
  array: 'a list, [ … ]',
  int: 'a whole number',
  boolean: 'true or false',
}

/** Reads a text into what the compiled config holds, or says what is wrong with it. */
export type ReadText<T> = (text: string) => Result<T, Complaint>

export const complain = (code: Complaint['code'], message: string, fix: string) =>
  err({ code, message, fix })

/** A field that holds text. `example` is what the fix shows when it is missing or something else. */
export function field<T>(example: string, read: ReadText<T>) {
  return z.unknown().transform((value, ctx): T => {
    const result = typeof value === 'string' ? read(value) : err(notText(value, example))
    if (result.ok) return result.value
    const { message } = result.error
    ctx.addIssue({ code: 'custom', message, params: { ...result.error }, input: value })
    return z.NEVER
  })
}

function notText(value: unknown, example: string): Complaint {
  return value === undefined
    ? { code: 'missing', message: MISSING, fix: `write ${example}` }
    : { code: 'wrong_type', message: `this is ${article(value)}`, fix: `write text: ${example}` }
}

function article(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  return value === null ? 'null' : `a value of type ${typeof value}`
}

/** Text that a table of names holds. */
export const oneOf = <Name extends string>(names: readonly Name[]): ReadText<Name> =>
  function readName(text) {
    const name = names.find((candidate) => candidate === text)
    if (name !== undefined) return ok(name)
    return complain(
      'wrong_type',
      `"${text}" is not known`,
      suggest(text, names, names.join(' or ')),
    )
  }
