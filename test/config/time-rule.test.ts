/** Opening hours on real dates: zones, weekdays, nights, and the days the clocks change. */
import { describe, expect, test } from 'vitest'
import {
  compileTimeRule,
  isTimeZone,
  parseDays,
  parseTimeOfDay,
  type TimeRule,
} from '../../src/config/time-rule.ts'

const isOpen = (rule: TimeRule, instant: string) => compileTimeRule(rule)(Date.parse(instant))

describe('office hours in Berlin', () => {
  const office = { zone: 'Europe/Berlin', days: 'mon-fri', from: '09:00', to: '17:00' }
  test.each([
    // 20 November 2026 is a Friday; winter time, UTC+1.
    ['2026-11-20T07:59:59.999Z', false],
    ['2026-11-20T08:00:00.000Z', true],
    ['2026-11-20T15:59:59.999Z', true],
    ['2026-11-20T16:00:00.000Z', false],
    ['2026-11-21T11:00:00Z', false],
    ['2026-11-22T11:00:00Z', false],
    ['2026-11-23T11:00:00Z', true],
    // Summer time, UTC+2.
    ['2026-07-01T06:59:59Z', false],
    ['2026-07-01T07:00:00Z', true],
    ['2026-07-01T15:00:00Z', false],
  ])('%s: %s', (instant, open) => {
    expect(isOpen(office, instant)).toBe(open)
  })
})

test('the weekday is that of the zone', () => {
  const instant = '2026-11-20T23:30:00Z'
  expect(isOpen({ zone: 'Europe/Berlin', days: 'sat' }, instant)).toBe(true)
  expect(isOpen({ zone: 'America/New_York', days: 'fri' }, instant)).toBe(true)
  expect(isOpen({ zone: 'America/New_York', days: 'sat' }, instant)).toBe(false)
})

describe('a night belongs to the day it starts on', () => {
  const night = { zone: 'America/New_York', days: 'fri', from: '22:00', to: '06:00' }
  test.each([
    // UTC-5.
    ['2026-11-21T02:59:00Z', false], // Fri 21:59
    ['2026-11-21T03:00:00Z', true], // Fri 22:00
    ['2026-11-21T10:59:00Z', true], // Sat 05:59
    ['2026-11-21T11:00:00Z', false], // Sat 06:00
    ['2026-11-20T10:59:00Z', false], // Fri 05:59
    ['2026-11-22T03:00:00Z', false], // Sat 22:00
  ])('%s: %s', (instant, open) => {
    expect(isOpen(night, instant)).toBe(open)
  })

  test('Saturday night reaches into Sunday, over the end of the week', () => {
    const rule = { zone: 'UTC', days: 'sat', from: '22:00', to: '06:00' }
    expect(isOpen(rule, '2026-11-22T05:00:00Z')).toBe(true)
    expect(isOpen(rule, '2026-11-23T05:00:00Z')).toBe(false)
  })

  test('until midnight is not overnight', () => {
    for (const to of ['24:00', '00:00']) {
      const rule = { zone: 'UTC', days: 'fri', from: '18:00', to }
      expect(isOpen(rule, '2026-11-20T23:59:00Z')).toBe(true)
      expect(isOpen(rule, '2026-11-21T00:00:00Z')).toBe(false)
      expect(isOpen(rule, '2026-11-20T17:59:00Z')).toBe(false)
    }
  })
})

const early = (zone: string) => ({ zone, days: 'sun', from: '01:30', to: '03:30' })

describe('days the clocks change', () => {
  test.each([
    // Berlin, 29 March 2026: 02:00 becomes 03:00 at 01:00Z. The range lasts an hour.
    ['Europe/Berlin', '2026-03-29T00:29:00Z', false],
    ['Europe/Berlin', '2026-03-29T00:30:00Z', true],
    ['Europe/Berlin', '2026-03-29T01:29:00Z', true],
    ['Europe/Berlin', '2026-03-29T01:30:00Z', false],
    // Berlin, 25 October 2026: 03:00 becomes 02:00 at 01:00Z. It lasts three hours.
    ['Europe/Berlin', '2026-10-24T23:29:00Z', false],
    ['Europe/Berlin', '2026-10-24T23:30:00Z', true],
    ['Europe/Berlin', '2026-10-25T01:30:00Z', true],
    ['Europe/Berlin', '2026-10-25T02:29:00Z', true],
    ['Europe/Berlin', '2026-10-25T02:30:00Z', false],
    // New York, 8 March 2026: 02:00 becomes 03:00 at 07:00Z.
    ['America/New_York', '2026-03-08T06:29:00Z', false],
    ['America/New_York', '2026-03-08T06:30:00Z', true],
    ['America/New_York', '2026-03-08T07:29:00Z', true],
    ['America/New_York', '2026-03-08T07:30:00Z', false],
    // New York, 1 November 2026: 02:00 becomes 01:00 at 06:00Z. 01:30 comes twice: open, then shut.
    ['America/New_York', '2026-11-01T05:29:00Z', false],
    ['America/New_York', '2026-11-01T05:30:00Z', true],
    ['America/New_York', '2026-11-01T06:29:00Z', false],
    ['America/New_York', '2026-11-01T06:30:00Z', true],
    ['America/New_York', '2026-11-01T08:29:00Z', true],
    ['America/New_York', '2026-11-01T08:30:00Z', false],
  ])('%s %s: %s', (zone, instant, open) => {
    expect(isOpen(early(zone), instant)).toBe(open)
  })
})

test('what is left out is every day, all day', () => {
  expect(isOpen({ zone: 'UTC' }, '2026-11-22T00:00:00Z')).toBe(true)
  expect(isOpen({ zone: 'UTC', to: '12:00' }, '2026-11-22T12:00:00Z')).toBe(false)
  expect(isOpen({ zone: 'UTC', from: '12:00' }, '2026-11-22T12:00:00Z')).toBe(true)
})

test('a zone that is half an hour off', () => {
  const rule = { zone: 'Asia/Kolkata', from: '09:00', to: '10:00' }
  expect(isOpen(rule, '2026-11-20T03:29:00Z')).toBe(false)
  expect(isOpen(rule, '2026-11-20T03:30:00Z')).toBe(true)
})

test.each([
  ['mon', [1]],
  ['mon-fri', [1, 2, 3, 4, 5]],
  ['fri-mon', [5, 6, 0, 1]],
  ['Sat, SUN', [6, 0]],
  ['mon,wed-thu', [1, 3, 4]],
  [
    ['mon', 'wed-thu'],
    [1, 3, 4],
  ],
])('days %j', (text, days) => {
  expect([...(parseDays(text) ?? [])]).toEqual(days)
})

test.each(['', 'monday', 'mon-', '-fri', 'mon-tue-wed', 'mo', 'mon;tue'])('no days: %j', (text) => {
  expect(parseDays(text)).toBeNull()
})

test('times of day', () => {
  expect(parseTimeOfDay('00:00')).toBe(0)
  expect(parseTimeOfDay('17:30')).toBe(1050)
  expect(parseTimeOfDay('24:00')).toBe(1440)
  for (const text of ['9:00', '24:01', '12:60', '25:00', '1200', '']) {
    expect(parseTimeOfDay(text)).toBeNull()
  }
})

test('time zones', () => {
  expect(isTimeZone('Europe/Berlin')).toBe(true)
  expect(isTimeZone('UTC')).toBe(true)
  for (const zone of ['Berlin', 'Mars/Olympus', '', 'Europe/Berlin '])
    expect(isTimeZone(zone)).toBe(false)
})
