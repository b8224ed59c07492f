/** What is asked for, page by page, and how it is shown. */
import { describe, expect, it } from 'vitest'
import type { EventItem } from '../../../src/cli/console/event-words.ts'
import { toInstant, toFilterQuery } from '../../../src/cli/console/filter.ts'
import { listPages, MAX_PAGES, type Listed } from '../../../src/cli/console/list-pages.ts'
import { toListText } from '../../../src/cli/console/list.ts'
import { toNewsJson, toNewsLine } from '../../../src/cli/console/news-line.ts'
import { toEvent } from './sample-event.ts'

describe('toInstant', () => {
  const now = Date.parse('2026-11-20T10:00:00Z')
  it.each([
    ['1h', '2026-11-20T09:00:00.000Z'],
    ['7d', '2026-11-13T10:00:00.000Z'],
    ['2026-11-20', '2026-11-20T00:00:00.000Z'],
    ['2026-11-20T10:00:00+02:00', '2026-11-20T08:00:00.000Z'],
    ['2026-11-20T10:00Z', '2026-11-20T10:00:00.000Z'],
    ['2026-11-20T10:00:00', null],
    ['2026-13-45', null],
    ['999999999d', null],
    ['yesterday', null],
    ['5', null],
  ])('%s', (text, expected) => {
    expect(toInstant(text, now)).toBe(expected)
  })
})

it('toFilterQuery leaves out what is not set, and knows how a number begins', () => {
  const kind = 'voice.*'
  expect(toFilterQuery({ kind, number: '+1500*' })).toEqual({ kind, numberPrefix: '+1500' })
  expect(toFilterQuery({ number: '+15005550006' })).toEqual({ number: '+15005550006' })
  expect(toFilterQuery({})).toEqual({})
})

describe('listPages', () => {
  const page = (count: number, next: string | null): Listed => ({
    items: Array.from({ length: count }, () => toEvent()),
    next,
    searchedTo: next === null ? null : '2026-11-20T09:00:00.000Z',
  })

  it('goes on behind empty pages until there are enough', async () => {
    const asked: [number, string | null][] = []
    const pages = [page(0, 'a'), page(2, 'b'), page(1, 'c')]
    const told: (string | null)[] = []
    const listed = await listPages(
      async (limit, cursor) => {
        asked.push([limit, cursor])
        return pages.shift() ?? page(0, null)
      },
      3,
      'start',
      (searchedTo) => told.push(searchedTo),
    )
    expect(asked).toEqual([
      [3, 'start'],
      [3, 'a'],
      [1, 'b'],
    ])
    expect(listed).toMatchObject({ items: { length: 3 }, next: 'c' })
    expect(told).toHaveLength(2)
  })

  it('asks for no more at a time than the API gives, and ends where the list ends', async () => {
    const limits: number[] = []
    const listed = await listPages(
      async (limit) => {
        limits.push(limit)
        return limits.length === 2 ? page(5, null) : page(limit, 'more')
      },
      250,
      null,
    )
    expect(limits).toEqual([100, 100])
    expect(listed).toMatchObject({ items: { length: 105 }, next: null, searchedTo: null })
  })

  it('gives up a search without end, and says where it was', async () => {
    let count = 0
    const listed = await listPages(async () => page(0, String((count += 1))), 1, null)
    expect(listed).toMatchObject({ items: [], next: String(MAX_PAGES) })
  })
})

describe('what is shown', () => {
  const hostile = '\u001b[2J\u202Eevil\nline'
  const event: EventItem = toEvent({ from: hostile, endpoint: hostile, kind: hostile })
  const context = { at: new Date(), paint: (_style: string, text: string) => text }

  it.each([
    ['the table', () => toListText({ items: [event], next: null, searchedTo: null }), 2],
    ['a live line', () => toNewsLine({ type: 'event', event, stored: null }, context), 1],
    ['a later line', () => toNewsLine({ type: 'outcome', event, before: 'waiting' }, context), 1],
  ])('%s cannot be moved about by what somebody sent', (_name, toText, lines) => {
    const text = toText()
    expect(text).toContain('␛[2J⟨U+202E⟩evil␊line')
    for (const raw of ['\u001b', '\u202E', 'evil\n']) expect(text).not.toContain(raw)
    expect(text.split('\n')).toHaveLength(lines)
  })

  it('tells an outcome by its targets, and JSON lines apart', () => {
    const deliveries = [
      { target: 'crm', status: 'dead' as const, attempts: 3 },
      { target: 'erp', status: 'waiting' as const, attempts: 0 },
      { target: 'log', status: 'delivered' as const, attempts: 1 },
    ]
    const dead = toEvent({ outcome: 'dead', deliveries })
    const line = toNewsLine({ type: 'outcome', event: dead, before: 'waiting' }, context)
    expect(line).toContain('waiting → dead for crm, waiting for erp  evt_')
    expect(JSON.parse(toNewsJson({ type: 'event', event: dead, stored: null }))).toEqual({
      type: 'event',
      event: dead,
    })
    const { id, outcome } = dead
    const change = { type: 'outcome', id, before: 'waiting', outcome, deliveries }
    expect(JSON.parse(toNewsJson({ type: 'outcome', event: dead, before: 'waiting' }))).toEqual(
      change,
    )
  })
})
