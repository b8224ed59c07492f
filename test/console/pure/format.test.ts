/** What is shown: numbers, kinds, reasons (all of them, by the sources), and text that means no good. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toKindLabel } from '../../../src/console/format/kinds.ts'
import {
  formatBytes,
  formatCompact,
  formatCount,
  formatDuration,
  formatRelative,
  formatShare,
} from '../../../src/console/format/numbers.ts'
import { explainReason, REASONS } from '../../../src/console/format/reasons.ts'
import { toVisible } from '../../../src/console/format/visible.ts'
import type { ReferenceProblem } from '../../../src/consumer/large-events.ts'
import type { WaitReason } from '../../../src/consumer/line-answer.ts'
import type { Step } from '../../../src/consumer/plan.ts'
import {
  decideDelivery,
  type DeliveryOutcome,
  type UnsentReason,
} from '../../../src/delivery/decide.ts'
import type { UnreadableReason } from '../../../src/events/parse-message.ts'
import { OWN_KIND_NAMES } from '../../../src/events/own-kinds.ts'
import { KIND_NAMES } from '../../../src/twilio/kinds.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

describe('numbers', () => {
  it.each([
    [-5, '0 ms'],
    [0, '0 ms'],
    [839.6, '840 ms'],
    [999.4, '999 ms'],
    [999.6, '1 s'],
    [1_234, '1.2 s'],
    [9_949, '9.9 s'],
    [9_951, '10 s'],
    [59_499, '59 s'],
    [59_500, '1 min'],
    [3 * MINUTE + 20 * SECOND, '3 min'],
    [59.5 * MINUTE, '1 h'],
    [5 * HOUR, '5 h'],
    [23.5 * HOUR, '1 d'],
    [14 * DAY, '14 d'],
  ])('a duration of %d ms is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })

  it.each([
    [0, 'just now'],
    [-1_999, 'just now'],
    [12 * SECOND, '12 s ago'],
    [2_600, '3 s ago'],
    [-5 * HOUR, 'in 5 h'],
    [3 * DAY, '3 d ago'],
  ])('what was %d ms ago is %s', (ms, text) => {
    expect(formatRelative(DAY * 20_000 - ms, DAY * 20_000)).toBe(text)
  })

  it('counts, sizes and shares', () => {
    expect([0, 999, 1_000, -12_345, 1e9].map(formatCount)).toEqual([
      '0',
      '999',
      '1,000',
      '-12,345',
      '1,000,000,000',
    ])
    expect([0, 950, 999.6, 1_234, 12_345, 999_600, 3.4e6].map(formatCompact)).toEqual([
      '0',
      '950',
      '1k',
      '1.2k',
      '12k',
      '1M',
      '3.4M',
    ])
    expect([0, 512, 1_024, 1_536, 61_440, 1_048_575, 3 * 1_048_576].map(formatBytes)).toEqual([
      '0 B',
      '512 B',
      '1 KB',
      '1.5 KB',
      '60 KB',
      '1 MB',
      '3 MB',
    ])
    const shares: [number, number][] = [
      [0, 0],
      [0, 5],
      [5, 5],
      [1, 2],
      [99_999, 100_000],
      [1, 100_000],
    ]
    expect(shares.map(([part, whole]) => formatShare(part, whole))).toEqual([
      '–',
      '0%',
      '100%',
      '50%',
      '99.9%',
      '0.1%',
    ])
  })

  it('never lets a longer time look shorter', () => {
    const units = ['ms', 's', 'min', 'h', 'd']
    const rank = (ms: number): number => {
      const [amount = '', unit = ''] = formatDuration(ms).split(' ')
      return units.indexOf(unit) * 1e6 + Number(amount.replaceAll(',', ''))
    }
    const time = fc.integer({ min: 0, max: 100 * DAY })
    fc.assert(
      fc.property(time, fc.integer({ min: 0, max: HOUR }), (ms, more) => {
        expect(rank(ms + more)).toBeGreaterThanOrEqual(rank(ms))
      }),
    )
  })
})

describe('toKindLabel', () => {
  it('has a title of its own and a group for every kind', () => {
    const names = [...KIND_NAMES, ...OWN_KIND_NAMES, 'unknown']
    const labels = names.map(toKindLabel)
    expect(names.filter((name, at) => labels[at]?.title === name)).toEqual([])
    expect(names.filter((_, at) => labels[at]?.group === 'Other')).toEqual([])
    expect(new Set(labels.map(({ title }) => title)).size).toBe(names.length)
  })

  it('takes what it does not know, also what every object has', () => {
    expect(toKindLabel('messaging.reaction')).toEqual({
      title: 'messaging.reaction',
      group: 'Messaging',
    })
    expect(toKindLabel('constructor')).toEqual({ title: 'constructor', group: 'Other' })
    expect(toKindLabel(null).group).toBe('Other')
  })
})

/** The compiler asks for a row when a type gets another reason. */
type Named =
  | UnsentReason
  | WaitReason
  | UnreadableReason
  | ReferenceProblem['reason']
  | Extract<Step, { reason: string }>['reason']
  | Exclude<DeliveryOutcome['type'], 'answered' | 'unsent'>

const NAMED: Record<Named, true> = {
  secret_missing: true,
  secret_invalid: true,
  url_invalid: true,
  token_missing: true,
  request_invalid: true,
  breaker_open: true,
  rate_limited: true,
  lane_full: true,
  paused: true,
  unreadable_type: true,
  unreadable_json: true,
  unreadable_version: true,
  unreadable_shape: true,
  reference_missing: true,
  reference_unreadable: true,
  retry: true,
  target_removed: true,
  expired: true,
  timeout: true,
  unreachable: true,
}

describe('explainReason', () => {
  const SOURCES = join(import.meta.dirname, '../../../src')
  const FILES = [
    'delivery/*.ts',
    'consumer/*.ts',
    'ledger/**/*.ts',
    'events/parse-message.ts',
  ].flatMap((pattern) => globSync(join(SOURCES, pattern)))

  it('has a row for each reason that a type names', () => {
    expect(Object.keys(NAMED).filter((reason) => !Object.hasOwn(REASONS, reason))).toEqual([])
  })

  it('has a row for each reason that the sources write, and for no other', () => {
    const code = FILES.filter((file) => !file.endsWith('.d.ts')).map((file) =>
      readFileSync(file, 'utf8'),
    )
    const found = new Set<string>()
    for (const text of code) {
      const withoutComments = text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
      // Two words and an underscore: nothing else in these folders is written so but what is listed.
      for (const [, word = ''] of withoutComments.matchAll(/'([a-z]+(?:_[a-z]+)+)'/g))
        found.add(word)
      // One word, where a reason stands.
      for (const [, word = ''] of withoutComments.matchAll(/'waiting', 0, \?3, '([a-z]+)'/g))
        found.add(word)
    }
    for (const other of NO_REASONS) found.delete(other)
    const wanted = new Set([...found, ...Object.keys(NAMED)])
    expect(new Set(Object.keys(REASONS))).toEqual(wanted)
  })

  it('explains whatever decideDelivery decides', () => {
    const policy = { retryMs: [] }
    const statuses = Array.from({ length: 500 }, (_, at) => at + 100).filter(
      (s) => s < 200 || s >= 300,
    )
    for (const status of statuses) {
      const outcome: DeliveryOutcome = { type: 'answered', status, retryAfter: null, excerpt: '' }
      const verdict = decideDelivery(outcome, 1, policy, 0, () => 0)
      const reason = verdict.verdict === 'dead' ? verdict.reason : ''
      expect(explainReason(reason).explanation).not.toContain('does not know')
      expect(explainReason(reason).title).toMatch(status === 410 ? /gone/ : String(status))
    }
  })

  it('says one sentence on each, and no more', () => {
    const statuses = [100, 302, 400, 401, 404, 418, 429, 500, 503, 599].map((s) => `status_${s}`)
    for (const reason of [...Object.keys(REASONS), ...statuses, 'of_tomorrow', '__proto__']) {
      const { title, explanation, next } = explainReason(reason)
      expect(title).not.toBe('')
      for (const sentence of [explanation, next]) expect(sentence).toMatch(/^[A-Z].*\.$/)
    }
  })
})

/** Words with an underscore in these folders that are no reasons. */
const NO_REASONS: readonly string[] = [
  'error_code',
  'more_info',
  'resource_sid',
  'unknown_dictionary',
]

describe('toVisible', () => {
  it.each([
    ['a\0b\u001b[31m\r\u007f', 'a␀b␛[31m␍␡'],
    ['line\n\ttab', 'line\n\ttab'],
    ['\u0085\u2028', '⟨U+0085⟩⟨U+2028⟩'],
    ['evil\u202Egnp.exe\u2066', 'evil⟨U+202E⟩gnp.exe⟨U+2066⟩'],
    ['a\u200Bb\uFEFF\u00AD', 'a⟨U+200B⟩b⟨U+FEFF⟩⟨U+00AD⟩'],
    ['a\u200Db', 'a⟨U+200D⟩b'],
    ['\uD83D x \uDC00', '⟨U+D83D⟩ x ⟨U+DC00⟩'],
    ['\u{E0041}\uFFF9\u3164', '⟨U+E0041⟩⟨U+FFF9⟩⟨U+3164⟩'],
    ['👨‍👩‍👧 ❤️ 👍🏽 1️⃣ 🏳️‍🌈', '👨‍👩‍👧 ❤️ 👍🏽 1️⃣ 🏳️‍🌈'],
    ['שלום می‌خواهم', 'שלום می‌خواهم'],
    ['<script>alert(1)</script>&', '<script>alert(1)</script>&'],
  ])('%j is shown as %s', (text, shown) => {
    expect(toVisible(text)).toEqual({ text: shown, more: null })
  })

  it('is bounded, says how much more there is, and cuts no character in half', () => {
    expect(toVisible('x'.repeat(65_536), 4_096)).toEqual({
      text: 'x'.repeat(4_096),
      more: '60 KB more',
    })
    expect(toVisible('👍'.repeat(3), 3)).toEqual({ text: '👍', more: '8 B more' })
    expect(toVisible('', 10)).toEqual({ text: '', more: null })
    expect(toVisible('\0'.repeat(262_144)).text).toHaveLength(4_000)
    expect(toVisible('\u200D'.repeat(262_144), 262_144).text.length).toBeLessThan(3_000_000)
  })

  it('leaves nothing hidden, whatever the text', () => {
    const hidden =
      /[\p{Cc}\p{Cs}\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF\u{E0000}-\u{E0FFF}]/u
    const unit = fc.oneof(
      fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
      fc.constantFrom(
        '\u202E',
        '\u200D',
        '\uFE0F',
        '\0',
        '👍',
        'a',
        '\n',
        '\u{E0061}',
        '\u0600',
        'ا',
        '\u200C',
      ),
    )
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 60 }), (units) => {
        const { text } = toVisible(units.join(''))
        expect(text.replaceAll(/[\n\t]/g, '')).not.toMatch(hidden)
        expect(toVisible(text).text).toBe(text)
      }),
      { numRuns: 500, examples: [[['\uFE0F', '\u200D', '👍']], [['\u0600', '\u200C', 'ا']]] },
    )
  })
})
