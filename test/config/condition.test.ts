/** Every operator, with a case that holds and one that does not; text and numbers; absence; lists. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Condition } from '../../src/config/compiled.ts'
import { compileCondition } from '../../src/config/condition.ts'
import { Params } from '../../src/twilio/params.ts'

const holds = (condition: Condition, values: Record<string, unknown>, now = 0) =>
  compileCondition(condition)((path) => new Map(Object.entries(values)).get(path), { now })

describe('operators', () => {
  const cases: [Condition, yes: unknown, no: unknown][] = [
    [{ a: '1' }, '1', '01'],
    [{ a: 1 }, '1', '1.0'],
    [{ a: '1' }, 1, 2],
    [{ a: true }, 'true', 'yes'],
    [{ a: true }, true, false],
    [{ a: null }, null, 'null'],
    [{ a: '' }, '', undefined],
    [{ a: ['1', 2, null] }, '2', '3'],
    [{ a: ['1', 2, null] }, null, undefined],
    [{ a: 'x' }, ['y', 'x'], ['y']],
    [{ a: { $eq: 'x' } }, 'x', 'X'],
    [{ a: { $ne: 'x' } }, 'y', 'x'],
    [{ a: { $ne: 'x' } }, undefined, ['y', 'x']],
    [{ a: { $in: ['x', 'y'] } }, 'y', 'z'],
    [{ a: { $nin: ['x', 'y'] } }, 'z', 'y'],
    [{ a: { $nin: ['x', 'y'] } }, undefined, 'x'],
    [{ a: { $regex: '^\\+1' } }, '+15005550006', '+49'],
    [{ a: { $regex: '^stop$' } }, 'stop', 'STOP'],
    [{ a: { $regex: '^stop$', $options: 'i' } }, 'STOP', 'stopp'],
    [{ a: { $regex: '5' } }, 15, undefined],
    [{ a: { $exists: true } }, '', undefined],
    [{ a: { $exists: false } }, undefined, null],
    [{ a: { $gt: 9 } }, '10', '9'],
    [{ a: { $gte: 9 } }, 9, 8.9],
    [{ a: { $lt: 9 } }, '-1', 'x'],
    [{ a: { $lte: 9 } }, '9', ''],
    [{ a: { $lt: 9 } }, 0, undefined],
    [{ a: { $gt: 'b' } }, 'c', 'b'],
    [{ a: { $gte: 'b' } }, 'b', 'a'],
    [{ a: { $lt: 'b' } }, 'a', 1],
    [{ a: { $lte: 'b' } }, 'b', 'c'],
    [
      { a: { $gte: '2026-11-20T10:00:00.000Z' } },
      '2026-11-20T10:00:00.001Z',
      '2026-11-20T09:59:59.999Z',
    ],
    [{ a: { $gt: 1, $lt: 3 } }, '2', '3'],
    [{ a: { $not: { $regex: '^x' } } }, 'ax', 'xa'],
    [{ a: { $not: 'x' } }, undefined, 'x'],
    [{ a: { $not: ['x', 'y'] } }, 'z', 'y'],
    [{ $and: [{ a: { $gt: 1 } }, { a: { $lt: 3 } }] }, 2, 3],
    [{ $or: [{ a: '1' }, { a: '2' }] }, '2', '3'],
    [{ $not: { a: '1' } }, '2', '1'],
    [{ $not: { $or: [{ a: '1' }, { a: '2' }] } }, '3', '2'],
  ]
  test.each(cases)('%j', (condition, yes, no) => {
    expect(holds(condition, { a: yes })).toBe(true)
    expect(holds(condition, { a: no })).toBe(false)
  })
})

test('all members must hold, and none is always true', () => {
  const condition = { a: '1', b: '2' }
  expect(holds(condition, { a: '1', b: '2' })).toBe(true)
  expect(holds(condition, { a: '1', b: '3' })).toBe(false)
  expect(holds(condition, { a: '0', b: '2' })).toBe(false)
  expect(holds({}, {})).toBe(true)
})

test('$time looks at the clock, a list of times at any of them', () => {
  const noon = Date.parse('2026-11-20T12:00:00Z')
  const early = { zone: 'UTC', from: '06:00', to: '07:00' }
  const day = { zone: 'UTC', from: '09:00', to: '17:00' }
  expect(holds({ $time: day }, {}, noon)).toBe(true)
  expect(holds({ $time: early }, {}, noon)).toBe(false)
  expect(holds({ $time: [early, day] }, {}, noon)).toBe(true)
  expect(holds({ $time: day, a: '1' }, { a: '2' }, noon)).toBe(false)
})

test('parameters by odd names are only parameters', () => {
  const params = new Params([
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ])
  const get = (name: string) => params.get(name)
  const condition: Condition = JSON.parse('{"__proto__":"x","constructor":"y"}')
  expect(compileCondition(condition)(get, { now: 0 })).toBe(true)
  expect(compileCondition({ toString: { $exists: true } })(get, { now: 0 })).toBe(false)
})

test.each<Condition>([
  { $xor: [] },
  { a: { $like: 'x' } },
  { a: { b: 'x' } },
  { a: { $in: 'x' } },
  { a: { $regex: 1 } },
  { a: { $regex: '(' } },
  { a: { $gt: true } },
  { $and: { a: 1 } },
  { $not: 'x' },
  { $time: { zone: 'UTC', from: '9' } },
  { $time: { zone: 'Mars/Olympus' } },
])('throws for what the checker refuses: %j', (condition) => {
  expect(() => compileCondition(condition)).toThrow(Error)
})

test('a condition and its negation never agree', () => {
  const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null))
  const operand = fc.oneof(
    scalar,
    fc.array(scalar),
    fc.record({ $gt: fc.oneof(fc.integer(), fc.string()) }),
    fc.record({ $nin: fc.array(scalar) }),
    fc.record({ $exists: fc.boolean() }),
  )
  const value = fc.oneof(scalar, fc.array(scalar), fc.constant(undefined))
  fc.assert(
    fc.property(operand, value, (rule, a) => {
      const plain = holds({ a: rule }, { a })
      expect(holds({ a: { $not: rule } }, { a })).toBe(!plain)
      expect(holds({ $not: { a: rule } }, { a })).toBe(!plain)
    }),
  )
})
