/**
 * Checks what `condition.ts` compiles, and says what is wrong where. Every operator there has its row
 * here; the compiler sees to that.
 */
import type { Json } from '../events/event.ts'
import { checkTimeRule } from './check-time-rule.ts'
import type { Condition } from './compiled.ts'
import { COMBINATORS, isCombinator, isOperator, OPERATORS } from './condition.ts'
import type { Combinator, Operator } from './condition.ts'
import { suggest } from './did-you-mean.ts'
import { readJson } from './json.ts'
import { at, type Report } from './problem.ts'

interface Place {
  path: string
  /** Whether the condition may look at the clock. */
  time: boolean
  report: Report
}

/** The condition, or null, and the report says why. */
export function readCondition(
  value: unknown,
  path: string,
  report: Report,
  { time }: { time: boolean },
): Condition | null {
  const json = readJson(value, path, report)
  if (json === undefined) return null
  const before = report.problems.length
  checkCondition(json, { path, time, report })
  return isObject(json) && report.problems.length === before ? json : null
}

function checkCondition(value: Json, place: Place): void {
  if (!isObject(value)) {
    return complain(place, 'a condition is an object', "write { Digits: '1' }")
  }
  for (const [key, operand] of Object.entries(value)) {
    const member = { ...place, path: at(place.path, key) }
    if (!key.startsWith('$')) checkOperand(operand, member)
    else if (isCombinator(key)) COMBINATOR_CHECKS[key](operand, member)
    else unknown(key, Object.keys(COMBINATORS), member)
  }
}

const COMBINATOR_CHECKS: Record<Combinator, (operand: Json, place: Place) => void> = {
  $and: checkConditions,
  $or: checkConditions,
  $not: checkCondition,
  $time(operand, place) {
    if (!place.time) {
      return place.report.add(place.path, {
        code: 'time_not_allowed',
        message: 'a target cannot depend on the time of day',
        fix: 'use $time in the rules of replies only',
      })
    }
    if (!Array.isArray(operand)) return checkTimeRule(operand, place.path, place.report)
    if (operand.length === 0) complain(place, 'no times at all', 'give at least one')
    for (const [i, rule] of operand.entries()) {
      checkTimeRule(rule, at(place.path, i), place.report)
    }
  },
}

function checkConditions(operand: Json, place: Place): void {
  if (!Array.isArray(operand) || operand.length === 0) {
    return complain(place, 'a list of conditions is needed', 'write [{ … }, { … }]')
  }
  for (const [i, item] of operand.entries()) {
    checkCondition(item, { ...place, path: at(place.path, i) })
  }
}

type OperandCheck = (operand: Json, place: Place, beside: { [name: string]: Json }) => void

const scalar: OperandCheck = (operand, place) => {
  if (isObject(operand) || Array.isArray(operand)) {
    complain(place, 'one value is needed', 'write text, a number, true, false or null')
  }
}

const list: OperandCheck = (operand, place) => {
  if (!Array.isArray(operand)) return complain(place, 'a list is needed', "write ['1', '2']")
  for (const [i, item] of operand.entries()) scalar(item, { ...place, path: at(place.path, i) }, {})
}

const bound: OperandCheck = (operand, place) => {
  if (typeof operand === 'number' || typeof operand === 'string') return
  complain(place, 'a bound is needed', 'write a number, or text to compare as text')
}

const OPERAND_CHECKS: Record<Operator, OperandCheck> = {
  $eq: scalar,
  $ne: scalar,
  $in: list,
  $nin: list,
  $regex: checkRegex,
  $exists(operand, place) {
    if (typeof operand !== 'boolean') complain(place, 'yes or no is needed', 'write true or false')
  },
  $gt: bound,
  $gte: bound,
  $lt: bound,
  $lte: bound,
  $not: checkOperand,
}

function checkOperand(operand: Json, place: Place): void {
  if (Array.isArray(operand)) return list(operand, place, {})
  if (!isObject(operand)) return
  const entries = Object.entries(operand)
  if (entries.length === 0) complain(place, 'no operator', "write { $regex: '…' } or a plain value")
  for (const [key, value] of entries) {
    const member = { ...place, path: at(place.path, key) }
    if (isOperator(key)) OPERAND_CHECKS[key](value, member, operand)
    else if (key === '$options') checkOptions(value, member, operand)
    else unknown(key, [...Object.keys(OPERATORS), '$options'], member)
  }
}

const checkOptions: OperandCheck = (options, place, beside) => {
  if (!('$regex' in beside))
    return complain(place, '$options needs a $regex', 'add it, or remove this')
  if (options !== 'i') complain(place, 'only "i" is supported', "write 'i', or remove it")
}

/** A group that repeats and holds a repetition: the usual shape of a pattern of exponential time. */
const NESTED_REPETITION = /\((?:[^()\\]|\\.)*[+*}](?:[^()\\]|\\.)*\)(?:[+*]|\{\d+,\d*\})/

function checkRegex(operand: Json, place: Place): void {
  if (typeof operand !== 'string') return complain(place, 'a pattern is text', "write '^stop$'")
  try {
    RegExp(operand)
  } catch (error) {
    const message = error instanceof Error ? error.message : 'no regular expression'
    return place.report.add(place.path, { code: 'bad_regex', message, fix: 'correct the pattern' })
  }
  if (NESTED_REPETITION.test(operand)) {
    place.report.warn(place.path, {
      code: 'slow_regex',
      message: 'a repeated group with a repetition in it can take very long',
      fix: 'write it without nesting: any sender chooses the text that it is run on',
    })
  }
}

function complain(place: Place, message: string, fix: string): void {
  place.report.add(place.path, { code: 'bad_operand', message, fix })
}

function unknown(key: string, known: string[], place: Place): void {
  place.report.add(place.path, {
    code: 'unknown_operator',
    message: `there is no "${key}" here`,
    fix: suggest(key, known, `use one of ${known.join(', ')}`),
  })
}

function isObject(value: Json): value is { [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
