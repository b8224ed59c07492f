/** Conditions: every operator's checks, and that what passes them also compiles. */
import { describe, expect, test } from 'vitest'
import { readCondition } from '../../src/config/check-condition.ts'
import { compileCondition } from '../../src/config/condition.ts'
import { Report } from '../../src/config/problem.ts'

function check(condition: unknown, time = true) {
  const report = new Report()
  const read = readCondition(condition, 'when', report, { time })
  const codes = report.problems.map(({ path, code }) => `${path} ${code}`)
  return { read, codes, warnings: report.warnings.map(({ path, code }) => `${path} ${code}`) }
}

const day = { zone: 'Europe/Berlin', days: 'mon-fri', from: '09:00', to: '17:00' }

test.each<unknown>([
  {},
  { Digits: '1', NumMedia: 0, a: null, b: true },
  { a: ['1', 2, null] },
  { a: [] },
  { a: { $eq: '1', $ne: null, $in: ['1'], $nin: [], $exists: true } },
  { a: { $gt: 1, $gte: '1', $lt: 2.5, $lte: 'z' } },
  { a: { $regex: '^(?:a|b)$', $options: 'i' } },
  { a: { $not: { $regex: 'x' } }, b: { $not: 'x' } },
  { $and: [{ a: '1' }], $or: [{ a: '1' }, { $not: { b: '2' } }] },
  { $time: day },
  { $time: [{ zone: 'UTC' }, { ...day, days: ['mon', 'wed-thu'], to: '24:00' }] },
  { $time: { ...day, from: '22:00', to: '06:00' } },
  { 'a.$b': '1' },
])('good: %j', (condition) => {
  const { read, codes, warnings } = check(condition)
  expect(codes).toEqual([])
  expect(warnings).toEqual([])
  expect(read).toEqual(condition)
  expect(() => compileCondition(read ?? {})).not.toThrow()
})

test.each<[unknown, string]>([
  ['Digits', ' bad_operand'],
  [[{ a: 1 }], ' bad_operand'],
  [{ $xor: [] }, '.$xor unknown_operator'],
  [{ $regex: 'x' }, '.$regex unknown_operator'],
  [{ a: { $like: 'x' } }, '.a.$like unknown_operator'],
  [{ a: { b: 'x' } }, '.a.b unknown_operator'],
  [{ a: {} }, '.a bad_operand'],
  [{ a: [['x']] }, '.a[0] bad_operand'],
  [{ a: { $eq: ['x'] } }, '.a.$eq bad_operand'],
  [{ a: { $ne: {} } }, '.a.$ne bad_operand'],
  [{ a: { $in: 'x' } }, '.a.$in bad_operand'],
  [{ a: { $nin: [{}] } }, '.a.$nin[0] bad_operand'],
  [{ a: { $exists: 1 } }, '.a.$exists bad_operand'],
  [{ a: { $gt: true } }, '.a.$gt bad_operand'],
  [{ a: { $lte: null } }, '.a.$lte bad_operand'],
  [{ a: { $regex: 1 } }, '.a.$regex bad_operand'],
  [{ a: { $regex: '(' } }, '.a.$regex bad_regex'],
  [{ a: { $regex: 'x', $options: 'g' } }, '.a.$options bad_operand'],
  [{ a: { $options: 'i' } }, '.a.$options bad_operand'],
  [{ a: { $not: { $like: 1 } } }, '.a.$not.$like unknown_operator'],
  [{ $and: {} }, '.$and bad_operand'],
  [{ $or: [] }, '.$or bad_operand'],
  [{ $or: [{ a: 1 }, 'x'] }, '.$or[1] bad_operand'],
  [{ $not: 'x' }, '.$not bad_operand'],
  [{ $time: 'mon' }, '.$time wrong_type'],
  [{ $time: [] }, '.$time bad_operand'],
  [{ $time: {} }, '.$time.zone missing'],
  [{ $time: { ...day, zone: 'Berlin' } }, '.$time.zone bad_time'],
  [{ $time: { ...day, days: 'montag' } }, '.$time.days bad_time'],
  [{ $time: { ...day, days: [] } }, '.$time.days out_of_range'],
  [{ $time: { ...day, days: ['mon', 'x'] } }, '.$time.days[1] bad_time'],
  [{ $time: { ...day, from: '9:00' } }, '.$time.from bad_time'],
  [{ $time: { ...day, from: 9 } }, '.$time.from wrong_type'],
  [{ $time: { ...day, to: '25:00' } }, '.$time.to bad_time'],
  [{ $time: { ...day, to: '09:00' } }, '.$time.to bad_time'],
  [{ $time: { ...day, from: '24:00' } }, '.$time.from bad_time'],
  [{ $time: [day, { ...day, until: '18:00' }] }, '.$time[1].until unknown_key'],
  [{ a: /x/ }, '.a not_json'],
  [{ a: undefined }, '.a not_json'],
])('bad: %j%s', (condition, problem) => {
  const { read, codes } = check(condition)
  expect(codes).toEqual([`when${problem}`])
  expect(read).toBeNull()
})

describe('more than syntax', () => {
  test('$time only where it is allowed', () => {
    expect(check({ $or: [{ $time: day }] }, false).codes).toEqual([
      'when.$or[0].$time time_not_allowed',
    ])
  })

  test.each(['(a+)+$', '(?:\\d*x?)*', '(a{2,})+'])('%s may take very long', ($regex) => {
    expect(check({ a: { $regex } })).toMatchObject({
      codes: [],
      warnings: ['when.a.$regex slow_regex'],
    })
  })

  test('a condition that contains itself', () => {
    const loop: { $not?: unknown } = {}
    loop.$not = loop
    expect(check(loop).read).toBeNull()
  })
})
