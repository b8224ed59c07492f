/**
 * One matcher for the rules of replies (`when`, over request parameters) and of targets (`where`, over
 * dotted paths of the event), in the Mongo-style operators that other webhook gateways use.
 *
 * A plain value means equality and a list means any of these; all members of a condition must hold.
 * Parameters are always text, so a number or a boolean equals its text on both sides (`1` and `'1'`),
 * and a numeric bound compares numeric text as a number. A value that is a list (a repeated parameter)
 * matches when one of its items does. What is absent matches nothing but `$exists: false` and negations.
 *
 * Compiled once, when the config is loaded. Throws for a condition that the checker would have refused,
 * for example one of a newer version: better no new config than a rule that is silently left out.
 */
import type { Json } from '../events/event.ts'
import type { Condition } from './compiled.ts'
import { compileTimeRule, type TimeRule } from './time-rule.ts'

/** Looks up a parameter or a dotted path; undefined when it is absent. */
export type GetValue = (path: string) => unknown

/** Milliseconds since the epoch. */
export interface Clock {
  now: number
}

export type Matcher = (get: GetValue, clock: Clock) => boolean

type Test = (value: unknown) => boolean

export function compileCondition(condition: Condition): Matcher {
  const matchers = Object.entries(condition).map(([key, operand]) => compileMember(key, operand))
  const [only] = matchers
  if (only && matchers.length === 1) return only
  return (get, clock) => matchers.every((matches) => matches(get, clock))
}

function compileMember(key: string, operand: Json): Matcher {
  if (!key.startsWith('$')) {
    const test = compileOperand(operand)
    return (get) => test(get(key))
  }
  if (!isCombinator(key)) throw new TypeError('unknown operator in a condition')
  return COMBINATORS[key](operand)
}

/** What may stand beside the names of a condition. */
export const COMBINATORS = {
  $and: (operand: Json): Matcher => {
    const matchers = toConditions(operand).map(compileCondition)
    return (get, clock) => matchers.every((matches) => matches(get, clock))
  },
  $or: (operand: Json): Matcher => {
    const matchers = toConditions(operand).map(compileCondition)
    return (get, clock) => matchers.some((matches) => matches(get, clock))
  },
  $not: (operand: Json): Matcher => {
    const matches = compileCondition(toObject(operand))
    return (get, clock) => !matches(get, clock)
  },
  $time: (operand: Json): Matcher => {
    const rules = (Array.isArray(operand) ? operand : [operand]).map((rule) =>
      compileTimeRule(toTimeRule(rule)),
    )
    return (_get, clock) => rules.some((holds) => holds(clock.now))
  },
} as const

export type Combinator = keyof typeof COMBINATORS

export const isCombinator = (key: string): key is Combinator => Object.hasOwn(COMBINATORS, key)

/** What a name can be compared with. `$options` belongs to `$regex`. */
export const OPERATORS = {
  $eq: (operand: Json): Test => equals([operand]),
  $ne: (operand: Json): Test => not(equals([operand])),
  $in: (operand: Json): Test => equals(toList(operand)),
  $nin: (operand: Json): Test => not(equals(toList(operand))),
  $regex: (operand: Json, options: Json | undefined): Test => {
    const regex = new RegExp(toText(operand), options === undefined ? '' : toText(options))
    return some((value) => isScalar(value) && regex.test(String(value)))
  },
  $exists: (operand: Json): Test => {
    return (value) => (value !== undefined) === operand
  },
  $gt: (operand: Json): Test => compares(operand, (order) => order > 0),
  $gte: (operand: Json): Test => compares(operand, (order) => order >= 0),
  $lt: (operand: Json): Test => compares(operand, (order) => order < 0),
  $lte: (operand: Json): Test => compares(operand, (order) => order <= 0),
  $not: (operand: Json): Test => not(compileOperand(operand)),
} as const

export type Operator = keyof typeof OPERATORS

export const isOperator = (key: string): key is Operator => Object.hasOwn(OPERATORS, key)

function compileOperand(operand: Json): Test {
  if (Array.isArray(operand)) return equals(operand)
  if (typeof operand !== 'object' || operand === null) return equals([operand])
  const tests: Test[] = []
  for (const [key, value] of Object.entries(operand)) {
    if (key === '$options') continue
    if (!isOperator(key)) throw new TypeError('unknown operator in a condition')
    tests.push(OPERATORS[key](value, operand['$options']))
  }
  return (value) => tests.every((test) => test(value))
}

const not =
  (test: Test): Test =>
  (value) =>
    !test(value)

/** A list matches when one of its items does. */
const some =
  (test: Test): Test =>
  (value) =>
    Array.isArray(value) ? value.some((item) => test(item)) : test(value)

function equals(operands: readonly Json[]): Test {
  const texts = new Set(operands.filter(isScalar).map(String))
  const hasNull = operands.includes(null)
  return some((value) => (value === null ? hasNull : isScalar(value) && texts.has(String(value))))
}

/** Numbers by size when the bound is a number, else text by UTF-16 order, as RFC 3339 times sort. */
function compares(bound: Json, accepts: (order: number) => boolean): Test {
  if (typeof bound === 'number') {
    return some((value) => {
      const number = toNumber(value)
      return number !== null && accepts(number - bound)
    })
  }
  const text = toText(bound)
  return some((value) => {
    if (typeof value !== 'string') return false
    return accepts(value < text ? -1 : Number(value > text))
  })
}

function toNumber(value: unknown): number | null {
  if (typeof value === 'number') return value
  if (typeof value !== 'string' || value.trim() === '') return null
  const number = Number(value)
  return Number.isFinite(number) ? number : null
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

function toText(value: Json): string {
  if (typeof value !== 'string') throw new TypeError('text expected in a condition')
  return value
}

function toList(value: Json): Json[] {
  if (!Array.isArray(value)) throw new TypeError('list expected in a condition')
  return value
}

function toObject(value: Json): Condition {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError('object expected in a condition')
  }
  return value
}

const toConditions = (value: Json): Condition[] => toList(value).map(toObject)

function toTimeRule(value: Json): TimeRule {
  const { zone, days, from, to } = toObject(value)
  const rule: TimeRule = { zone: toText(zone ?? null) }
  if (days !== undefined) rule.days = Array.isArray(days) ? days.map(toText) : toText(days)
  if (from !== undefined) rule.from = toText(from)
  if (to !== undefined) rule.to = toText(to)
  return rule
}
