import { reset } from 'cloudflare:test'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createAlerts, type AlertDeps } from '../../src/consumer/alerts.ts'
import type { Alert } from '../../src/events/alert.ts'
import { parseMessage } from '../../src/events/parse-message.ts'
import { toEvent, toMessage } from '../delivery/sample.ts'
import { bindings } from './harness.ts'

const NOW = Date.parse('2026-11-20T10:59:00.000Z')
const MINUTE_MS = 60_000
const DEAD: Omit<Alert, 'now'> = {
  kind: 'switchboard.delivery.dead',
  target: 'crm',
  data: { reason: 'status_500' },
}

afterEach(async () => {
  vi.useRealTimers()
  await reset()
})

function createTestAlerts(changes: Partial<AlertDeps> = {}) {
  const sent: { text: string; contentType: string }[] = []
  const lines: object[] = []
  const clock = { now: NOW }
  const alerts = createAlerts({
    events: () => ({ send: async (text, { contentType }) => sent.push({ text, contentType }) }),
    outbox: bindings.KV,
    now: () => clock.now,
    log: (line) => lines.push(line),
    ...changes,
  })
  const kinds = () => sent.map(({ text }) => parseKind(text))
  return { alerts, sent, kinds, lines, clock }
}

function parseKind(text: string): string {
  const parsed = parseMessage(text)
  return parsed.ok && 'event' in parsed.value ? parsed.value.event.kind : 'unreadable'
}

const refuses = async () => {
  throw new Error('Too Many Requests')
}
const hangs = () => new Promise<never>(() => {})

describe('an alert', () => {
  it('goes into the queue as any event does, and into the log', async () => {
    const { alerts, sent, kinds, lines } = createTestAlerts()
    await alerts.raise(DEAD, toMessage())
    expect(kinds()).toEqual(['switchboard.delivery.dead'])
    expect(sent[0]?.contentType).toBe('text')
    const { event } = JSON.parse(sent[0]?.text ?? '')
    expect(event).toMatchObject({
      subject: 'crm',
      time: '2026-11-20T10:59:00.000Z',
      data: { target: 'crm', reason: 'status_500' },
    })
    expect(lines).toEqual([
      {
        event: 'alert.raised',
        eventId: event.id,
        kind: 'switchboard.delivery.dead',
        target: 'crm',
      },
    ])
  })

  it('is raised once within an hour of the clock', async () => {
    const { alerts, sent, lines, clock } = createTestAlerts()
    await alerts.raise(DEAD)
    clock.now += 30_000
    await alerts.raise({ ...DEAD, data: { reason: 'timeout' } })
    expect(sent).toHaveLength(1)
    expect(lines).toHaveLength(1)
    clock.now += MINUTE_MS
    await alerts.raise(DEAD)
    expect(sent).toHaveLength(2)
  })

  it('is raised once also when a thousand are raised at once', async () => {
    const { alerts, sent } = createTestAlerts()
    await Promise.all(Array.from({ length: 1_000 }, () => alerts.raise(DEAD)))
    expect(sent).toHaveLength(1)
  })

  it('has the same id wherever it is raised, so that the ledger takes one', async () => {
    const [here, there] = [createTestAlerts(), createTestAlerts()]
    await here.alerts.raise(DEAD)
    there.clock.now += 30_000
    await there.alerts.raise(DEAD)
    const ids = [here, there].map(({ sent }) => JSON.parse(sent[0]?.text ?? '').event.id)
    expect(ids[0]).toBe(ids[1])
  })

  it.each<[string, Omit<Alert, 'now'>]>([
    ['another target', { ...DEAD, target: 'logs' }],
    ['another kind', { ...DEAD, kind: 'switchboard.target.paused' }],
    ['no target', { ...DEAD, target: null }],
  ])('is another one about %s', async (_name, other) => {
    const { alerts, sent } = createTestAlerts()
    await alerts.raise(DEAD)
    await alerts.raise(other)
    expect(sent).toHaveLength(2)
  })

  it.each(['switchboard.delivery.dead', 'switchboard.of.a.newer.version'])(
    'is not raised about %s',
    async (kind) => {
      const { alerts, sent, lines } = createTestAlerts()
      await alerts.raise(DEAD, toMessage({ event: toEvent({ kind }) }))
      expect(sent).toEqual([])
      expect(lines).toEqual([])
      // It has not used up the hour.
      await alerts.raise(DEAD, toMessage())
      expect(sent).toHaveLength(1)
    },
  )

  it('still goes out after a thousand others', async () => {
    const { alerts, sent } = createTestAlerts()
    for (let i = 0; i < 1_001; i++) await alerts.raise({ ...DEAD, target: `target-${i}` })
    await alerts.raise(DEAD)
    expect(sent).toHaveLength(1_002)
  })
})

describe('an alert that the queue does not take', () => {
  it('waits in the outbox, as it is', async () => {
    const { alerts, lines } = createTestAlerts({ events: () => ({ send: refuses }) })
    await alerts.raise(DEAD)
    const { keys } = await bindings.KV.list()
    expect(keys).toHaveLength(1)
    const text = await bindings.KV.get(keys[0]?.name ?? '')
    const { event } = JSON.parse(text ?? '')
    expect(keys[0]?.name).toBe(`outbox:${event.id}`)
    expect(parseKind(text ?? '')).toBe(DEAD.kind)
    expect(lines).toMatchObject([
      { event: 'alert.raised' },
      { event: 'queue.refused', queue: 'events', eventId: event.id, error: 'Error' },
    ])
    await alerts.raise(DEAD)
    expect(lines).toHaveLength(2)
  })

  it('holds nobody up for longer than two seconds', async () => {
    vi.useFakeTimers({ now: NOW })
    const put = vi.fn<() => Promise<void>>(async () => {})
    const { alerts, lines } = createTestAlerts({ events: () => ({ send: hangs }), outbox: { put } })
    const raised = alerts.raise(DEAD)
    await vi.advanceTimersByTimeAsync(2_000)
    await raised
    expect(put).toHaveBeenCalledOnce()
    expect(lines).toMatchObject([{}, { event: 'queue.refused', error: 'AlertTimeout' }])
  })

  it.each([
    ['refuse', { events: () => ({ send: refuses }), outbox: { put: refuses } }],
    ['hang', { events: () => ({ send: hangs }), outbox: { put: hangs } }],
  ])('is only in the log when queue and outbox %s, and is tried the next time', async (_, deps) => {
    vi.useFakeTimers({ now: NOW })
    const { alerts, lines } = createTestAlerts(deps)
    for (let i = 0; i < 2; i++) {
      const raised = alerts.raise(DEAD)
      await vi.advanceTimersByTimeAsync(4_000)
      await raised
    }
    const names = lines.map((line) => ('event' in line ? line.event : ''))
    const once = ['alert.raised', 'queue.refused', 'alert.failed']
    expect(names).toEqual([...once, ...once])
  })
})
