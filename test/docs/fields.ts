/** What the real schemas say about the fields of a config. */
import { z } from 'zod'
import { HOURS } from '../../src/config/check-time-rule.ts'
import { createEndpointSchema } from '../../src/config/compile-endpoints.ts'
import { createOriginSchema } from '../../src/config/compile-origin-reply.ts'
import { STATIC_SCHEMAS } from '../../src/config/compile-static-reply.ts'
import { createTargetSchema, RATE } from '../../src/config/compile-targets.ts'
import { createConfigSchema } from '../../src/config/compile.ts'
import { parseDuration } from '../../src/config/duration.ts'
import { FIELD_FACTS } from '../../src/config/field-facts.ts'
import { parseTimeOfDay } from '../../src/config/time-rule.ts'

/** By the heading of their table in docs/configuration.md. */
export const SCHEMAS = {
  'Top level': createConfigSchema(false),
  Endpoints: createEndpointSchema(),
  'A reply of TwiML': STATIC_SCHEMAS.twiml,
  'A reply of JSON': STATIC_SCHEMAS.json,
  'A bare status': STATIC_SCHEMAS.status,
  'A reply of your app': createOriginSchema(false),
  'Opening hours': HOURS,
  Targets: createTargetSchema(false),
  Rate: RATE,
} satisfies Record<string, z.ZodObject>

export type Heading = keyof typeof SCHEMAS
export const HEADINGS = Object.keys(SCHEMAS) as Heading[]

export interface Field {
  name: string
  type: string
  /** `required`, the default as the compiled config holds it, or null: none that is a value. */
  fallback: unknown
  /** Durations in milliseconds (`100ms`), numbers as they are (`32`), sorted. */
  limits: string[]
}

export function toFields(schema: z.ZodObject): Field[] {
  return Object.entries(schema.shape).map(([name, written]) => {
    const { inner, fallback } = unwrap(written as z.ZodType)
    return { name, type: toType(inner), fallback, limits: toLimits(inner).toSorted() }
  })
}

function unwrap(schema: z.ZodType): { inner: z.ZodType; fallback: unknown } {
  if (schema instanceof z.ZodOptional) {
    return { inner: schema.unwrap() as z.ZodType, fallback: null }
  }
  if (schema instanceof z.ZodDefault) {
    return { inner: schema.unwrap() as z.ZodType, fallback: schema.def.defaultValue }
  }
  return { inner: schema, fallback: 'required' }
}

function toType(schema: z.ZodType): string {
  const facts = FIELD_FACTS.get(schema)
  if (facts) return facts.type
  if (schema instanceof z.ZodRecord) return 'object, by name'
  return schema instanceof z.ZodNumber ? 'whole number' : 'nobody said what this is'
}

const LIMIT_KEYWORDS = ['minimum', 'maximum', 'minItems', 'maxItems', 'minLength', 'maxLength']

function toLimits(schema: z.ZodType): string[] {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  const own = LIMIT_KEYWORDS.flatMap((keyword) => json[keyword] ?? []) as number[]
  const said = FIELD_FACTS.get(schema)?.limits ?? []
  const ofItems = schema instanceof z.ZodArray ? toLimits(schema.element as z.ZodType) : []
  return [...[...own, ...said].map((limit) => toQuantity(String(limit))), ...ofItems]
}

export function toQuantity(text: string): string {
  const ms = parseDuration(text)
  return ms === null ? text.replaceAll(',', '') : `${ms}ms`
}

/** Every number and duration in a text. */
export function quantitiesIn(text: string): string[] {
  const found = text.match(/(?<![\w.])\d[\d,]*(?:\.\d+)?(?:ms|s|m|h|d)?(?!\w)/g) ?? []
  return found.map(toQuantity).toSorted()
}

const READERS: Record<string, (text: string) => unknown> = {
  duration: parseDuration,
  'time of day': parseTimeOfDay,
  'list of durations': (text) => (JSON.parse(text) as string[]).map(parseDuration),
}

/** What a default means that is written as in a config: `'50ms'`, `5`, `['5s']`. */
export function readLiteral(written: string, type: string): unknown {
  const json = written.replaceAll("'", '"')
  const read = READERS[type] ?? JSON.parse
  return json.startsWith(`"`) && type in READERS ? read(JSON.parse(json)) : read(json)
}
