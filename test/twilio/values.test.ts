import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findValueType, parseJson, toValue, type ValueType } from '../../src/twilio/values.ts'

describe('toValue', () => {
  const cases: [ValueType, string, unknown][] = [
    ['number', '0', 0],
    ['number', '4000', 4000],
    ['number', '0.95', 0.95],
    ['number', '-122.3937508', -122.3937508],
    ['number', '', ''],
    ['number', '007', '007'],
    ['number', '1.50', '1.50'],
    ['number', '-0', '-0'],
    ['number', ' 1', ' 1'],
    ['number', '1e3', '1e3'],
    ['number', '1e+21', '1e+21'],
    ['number', '0x10', '0x10'],
    ['number', 'NaN', 'NaN'],
    ['number', 'Infinity', 'Infinity'],
    ['number', '9007199254740993', '9007199254740993'],
    ['bool', 'true', true],
    ['bool', 'false', false],
    ['bool', 'True', 'True'],
    ['bool', '', ''],
    ['json', '{"a":[1]}', { a: [1] }],
    ['json', '[]', []],
    ['json', '', ''],
    ['json', '{', '{'],
    ['json', '12', '12'],
    ['json', 'true', 'true'],
    ['date', 'Sun, 25 Mar 2018 09:53:19 +0000', '2018-03-25T09:53:19.000Z'],
    ['date', 'Sun, 25 Mar 2018 09:53:19 -0700', '2018-03-25T16:53:19.000Z'],
    ['date', 'Sun, 25 Mar 2018 09:53:19 GMT', '2018-03-25T09:53:19.000Z'],
    ['date', '2024-06-25T18:45:21.454203Z', '2024-06-25T18:45:21.454203Z'],
    ['date', '2024-06-25T18:45:21+02:00', '2024-06-25T16:45:21.000Z'],
    ['date', '2024-06-25T18:45:21', '2024-06-25T18:45:21.000Z'],
    ['date', '2024-99-99T18:45:21', '2024-99-99T18:45:21'],
    ['date', 'yesterday', 'yesterday'],
    ['date', '', ''],
    ['unix', '1763632800', '2025-11-20T10:00:00.000Z'],
    ['unix', '1763632800.5', '1763632800.5'],
    ['unix', '', ''],
    ['dlr', '2308102223', '2023-08-10T22:23:00.000Z'],
    ['dlr', '2302312223', '2302312223'],
    ['dlr', '2399999999', '2399999999'],
    ['dlr', '230810', '230810'],
    ['text', '0042', '0042'],
    ['text', 'true', 'true'],
  ]

  it.each(cases)('%s %j', (type, text, value) => {
    expect(toValue(type, text)).toEqual(value)
  })

  it('gives what can be written as JSON and, for numbers, written back as it was', () => {
    const types = fc.constantFrom<ValueType>(
      'number',
      'bool',
      'json',
      'date',
      'unix',
      'dlr',
      'text',
    )
    fc.assert(
      fc.property(types, fc.oneof(fc.string(), fc.double().map(String)), (type, text) => {
        const value = toValue(type, text)
        expect(JSON.parse(JSON.stringify(value))).toEqual(value)
        expect(typeof value === 'number' ? String(value) : text).toBe(text)
      }),
    )
  })
})

describe('findValueType', () => {
  it.each([
    ['From'],
    ['CallSid'],
    ['FromZip'],
    ['Digits'],
    ['PaymentCardPostalCode'],
    ['SecurityCode'],
    ['ExpirationDate'],
    ['Body'],
    ['WaId'],
    ['__proto__'],
    ['constructor'],
  ])('leaves %s text', (name) => {
    expect(findValueType(name)).toBe('text')
  })
})

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)

describe('parseJson', () => {
  it('refuses what is nested so deep that it could not be written again', () => {
    expect(parseJson(nested(64))).toBeDefined()
    expect(parseJson(nested(65))).toBeUndefined()
    expect(parseJson(nested(100_000))).toBeUndefined()
  })

  it('keeps a __proto__ as a name', () => {
    expect(JSON.stringify(parseJson('{"__proto__":{"admin":true}}'))).toBe(
      '{"__proto__":{"admin":true}}',
    )
  })
})
