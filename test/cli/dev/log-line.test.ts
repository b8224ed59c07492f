import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { toDuration, toLogLine } from '../../../src/cli/dev/log-line.ts'
import { LOG_WORDS, toShortId } from '../../../src/cli/dev/log-words.ts'

const ROOT = join(import.meta.dirname, '../../..')
const EVENT_ID = `evt_${'48cf01ab'.repeat(4)}`

const show = (line: object | string, paint = (_style: string, text: string) => text) =>
  toLogLine(typeof line === 'string' ? line : JSON.stringify(line), {
    at: new Date(2026, 10, 20, 10, 2, 13),
    pathOf: (endpoint) => (endpoint === 'sms' ? '/sms' : undefined),
    paint,
  })

const webhook = (changes: object) => ({
  event: 'webhook.received',
  endpoint: 'sms',
  method: 'POST',
  kind: 'messaging.inbound',
  eventId: EVENT_ID,
  events: 1,
  verdict: 'accepted',
  reason: null,
  hint: null,
  status: 200,
  account: null,
  keyName: 'primary',
  region: 'us1',
  stored: 'queue',
  reply: 'config',
  faults: [],
  ms: { config: 0, read: 0, lookup: 3, reply: 0, publish: 9, total: 12 },
  ...changes,
})

const delivery = (changes: object) => ({
  event: 'delivery.attempted',
  eventId: EVENT_ID,
  kind: 'messaging.inbound',
  target: 'crm',
  attempt: 1,
  status: 204,
  durationMs: 38,
  verdict: 'delivered',
  reason: null,
  delayMs: null,
  nextAttempt: null,
  ...changes,
})

describe('a webhook', () => {
  it('is one line', () => {
    expect(show(webhook({}))).toBe(
      '10:02:13  ← POST /sms  messaging.inbound  200  accepted  12 ms  evt_48cf01ab…',
    )
  })

  it.each([
    ['a duplicate', { verdict: 'duplicate' }, '200  duplicate  12 ms'],
    ['a batch', { events: 3 }, 'accepted  3 events  12 ms'],
    ['an origin that failed', { reply: 'otherwise.timeout' }, 'accepted  origin: timeout  12 ms'],
    ['the outbox', { stored: 'outbox' }, 'accepted  in the outbox  12 ms'],
    ['steps done without', { faults: ['lookup.late', 'x'] }, 'without lookup.late, x  12 ms'],
    ['an endpoint that is gone from the config', { endpoint: 'old' }, 'POST old  messaging'],
    ['nothing but an error', { verdict: 'unstored', status: 503 }, '503  unstored  12 ms'],
  ])('says what is special: %s', (_, changes, part) => {
    expect(show(webhook(changes))).toContain(part)
  })

  it('that is refused has reason and hint', () => {
    const refused = { verdict: 'refused', status: 403, reason: 'scheme', hint: 'Do this.' }
    expect(show(webhook({ ...refused, kind: null, eventId: null }))).toBe(
      '10:02:13  ← POST /sms  403  refused: scheme  Do this.  12 ms',
    )
  })

  it('at a path of no endpoint has none', () => {
    const unknown = { endpoint: null, kind: null, eventId: null, verdict: 'rejected', status: 404 }
    expect(show(webhook({ ...unknown, reason: 'unknown_path', ms: { total: 0 } }))).toBe(
      '10:02:13  ← POST  404  rejected: unknown_path  0 ms',
    )
  })
})

describe('a delivery', () => {
  it('is one line', () => {
    expect(show(delivery({}))).toBe(
      '10:02:13  → crm  messaging.inbound  204 on attempt 1  38 ms  evt_48cf01ab…',
    )
  })

  it.each([
    ['retry', { status: 500, delayMs: 5_100 }, '500 on attempt 1, again in 5 s'],
    [
      'retry',
      { status: null, reason: 'timeout', delayMs: 0 },
      'timeout on attempt 1, again in 0 ms',
    ],
    ['dead', { status: null, reason: 'unreachable', attempt: 4 }, 'unreachable on attempt 4, dead'],
    ['gone', { status: 410, delayMs: 1 }, '410 on attempt 1, which pauses the target'],
    ['delivered', { replay: 'rpl_1' }, '38 ms  rpl_1  evt_'],
  ])('with the verdict %s', (verdict, changes, part) => {
    expect(show(delivery({ verdict, ...changes }))).toContain(part)
  })
})

/** Every event that the Workers log, as their code spells it. */
function readLoggedEvents(): string[] {
  const files = ['src/gateway', 'src/consumer', 'src/console'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.d.ts'))
      .map((name) => readFileSync(join(ROOT, folder, name), 'utf8')),
  )
  const code = files
    .join('\n')
    .replaceAll('breaker.${change}', "breaker.opened' event: 'breaker.closed")
  return [...new Set([...code.matchAll(/event: ['`]([a-z_.]+)['`]/g)].map(([, name = '']) => name))]
}

const FIELDS = {
  target: 'crm',
  targets: ['crm', 'erp'],
  kind: 'messaging.inbound',
  eventId: EVENT_ID,
  reason: 'the_reason',
  error: 'TypeError',
  count: 7,
  name: 'CRM_SECRET',
}

describe('every other line of the Workers', () => {
  const others = readLoggedEvents().filter(
    (name) => name !== 'webhook.received' && name !== 'delivery.attempted',
  )

  it('has a row, and every row is of one that they log', () => {
    expect(others.length).toBeGreaterThan(25)
    expect(Object.keys(LOG_WORDS).toSorted()).toEqual(others.toSorted())
  })

  it.each(others)('%s is words and no JSON', (event) => {
    const shown = show({ event, ...FIELDS })
    expect(shown).toMatch(/^10:02:13 {2}[·!✗] \S+/)
    expect(shown).not.toMatch(/[{}]|undefined|\n/)
  })

  it('never shows an event that is in a line', () => {
    const message = { event: { id: EVENT_ID, data: { from: '+15005550006', body: 'secret' } } }
    expect(show({ event: 'event.unstored', message })).toContain(toShortId(EVENT_ID))
    for (const event of others) {
      for (const name of ['message', 'data', 'target', 'reason', 'eventId', 'problem']) {
        expect(show({ event, [name]: message })).not.toMatch(/\+1500|secret/)
      }
    }
  })

  it.each([
    '{"event":"new.thing","a":1}',
    '{"a":1}',
    '{',
    'workerd says',
    '{"event":"webhook.received"}',
  ])('shows what it does not know as it came: %s', (text) => {
    expect(show(text)).toBe(text)
  })
})

it('paints nothing but what it is asked to', () => {
  const painted = show(delivery({ verdict: 'dead' }), (style, text) => `<${style}>${text}</>`)
  expect(painted).toContain('<red>204 on attempt 1, dead</>')
  expect(painted).toMatch(/^<dim>10:02:13<\/> {2}<cyan>→<\/> crm/)
})

it.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [5_000, '5 s'],
  [300_000, '5 min'],
  [7_200_000, '2 h'],
])('%s ms are %s', (ms, text) => expect(toDuration(ms)).toBe(text))

it('leaves short ids whole', () => expect(toShortId('evt_1')).toBe('evt_1'))
