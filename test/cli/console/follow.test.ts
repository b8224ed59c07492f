/** The stream over connections that end in every way: nothing lost, nothing twice, everything said. */
import { describe, expect, it } from 'vitest'
import {
  createCatchUp,
  NOTHING_TO_CATCH_UP,
  type CatchUp,
} from '../../../src/cli/console/catch-up.ts'
import { createApiClient } from '../../../src/cli/console/client.ts'
import { parseFrame, type ConnectionEnd } from '../../../src/cli/console/connection.ts'
import type { EventItem } from '../../../src/cli/console/event-words.ts'
import { follow, type FollowParts } from '../../../src/cli/console/follow.ts'
import { createKnownEvents, type News } from '../../../src/cli/console/known-events.ts'
import { decideReconnect, STABLE_MS, toBackoffMs } from '../../../src/cli/console/reconnect.ts'
import { UsageError, WorkError } from '../../../src/cli/terminal/errors.ts'
import type { ServerFrame } from '../../../src/console/stream/frames.ts'
import { toEvent } from './sample-event.ts'

const hello = (cursor: string): ServerFrame => ({
  type: 'hello',
  cursor,
  heartbeatMs: 10_000,
  silenceMs: 30_000,
})
const came = (cursor: string, event: EventItem): ServerFrame => ({ type: 'event', cursor, event })
const BROKEN: ConnectionEnd = { type: 'closed', code: 1006 }

interface Connection {
  frames: ServerFrame[]
  end: ConnectionEnd
  /** How long it stood. */
  ms?: number
}

/** Plays one connection after the other, then stops. */
async function play(connections: Connection[], change: Partial<FollowParts> = {}) {
  const stop = new AbortController()
  const seen = { cursors: [] as string[], news: [] as News[], said: [] as string[] }
  const waits: number[] = []
  let clock = 0
  const done = follow({
    cursor: '0',
    known: createKnownEvents(),
    connect: async (cursor, onFrame, signal) => {
      const next = connections.shift()
      if (!next) {
        stop.abort()
        return { type: 'stopped' }
      }
      seen.cursors.push(cursor)
      clock += next.ms ?? 0
      for (const frame of next.frames) {
        if (signal.aborted) return { type: 'stopped' }
        onFrame(frame)
      }
      // What follows a `hello` in its own time.
      await new Promise(setImmediate)
      return next.end
    },
    ask: async () => {},
    catchUp: () => NOTHING_TO_CATCH_UP,
    onNews: (news) => seen.news.push(news),
    say: (text) => seen.said.push(text),
    wait: async (ms) => void waits.push(ms),
    clock: () => clock,
    random: () => 1,
    signal: stop.signal,
    ...change,
  })
  await done
  return { ...seen, waits }
}

describe('follow', () => {
  it('goes on from the last cursor, and says the loss and the return once each', async () => {
    const [a, b] = [toEvent(), toEvent()]
    const { cursors, news, said } = await play([
      { frames: [hello('0'), came('1', a)], end: BROKEN },
      { frames: [], end: { type: 'failed' } },
      { frames: [], end: { type: 'failed' } },
      {
        frames: [hello('1'), { type: 'ping', cursor: '5' }, came('6', b)],
        end: BROKEN,
        ms: STABLE_MS,
      },
    ])
    expect(cursors).toEqual(['0', '1', '1', '1'])
    expect(news.map(({ event }) => event)).toEqual([a, b])
    expect(said.map((text) => text.split(/[,;:]/)[0])).toEqual([
      'Connection lost',
      'Connected again',
      'Connection lost',
    ])
  })

  it('tells nothing twice, whatever the server repeats', async () => {
    const event = toEvent()
    const delivered = {
      outcome: 'delivered' as const,
      deliveries: [{ target: 'crm', status: 'delivered' as const, attempts: 1 }],
    }
    const { news } = await play([
      { frames: [hello('0'), came('1', event), came('1', event)], end: BROKEN },
      {
        frames: [
          hello('1'),
          came('1', { ...event, ...delivered }),
          { type: 'outcome', id: event.id, ...delivered },
          { type: 'outcome', id: 'evt_never_told', ...delivered },
        ],
        end: BROKEN,
      },
    ])
    expect(news).toEqual([
      { type: 'event', event, stored: null },
      { type: 'outcome', event: { ...event, ...delivered }, before: 'waiting' },
    ])
  })

  it('waits for longer each time, and from the beginning once a connection has stood', async () => {
    const failed = { frames: [], end: { type: 'failed' } as const }
    const stood = { frames: [hello('0')], end: BROKEN, ms: STABLE_MS }
    const { waits } = await play([failed, failed, failed, stood, failed])
    expect(waits).toEqual([500, 1_000, 2_000, 500, 1_000])
  })

  it('takes a planned end for none', async () => {
    const again: ConnectionEnd = { type: 'closed', code: 1012 }
    const { said, waits, cursors } = await play([
      { frames: [hello('4')], end: again, ms: STABLE_MS },
      { frames: [hello('4')], end: { type: 'stopped' }, ms: STABLE_MS },
    ])
    expect(said).toEqual([])
    expect(waits).toEqual([0, 0])
    expect(cursors).toEqual(['0', '4'])
  })

  it.each([[{ type: 'failed' } as const], [{ type: 'closed', code: 4401 } as const]])(
    'ends with what the API says of a token that is not good any more: %j',
    async (end) => {
      const refused = new UsageError('no', { code: 'token_invalid' })
      const ask = () => Promise.reject(refused)
      await expect(play([{ frames: [], end }], { ask })).rejects.toBe(refused)
    },
  )

  it('does not end because nobody answers', async () => {
    const asked: string[] = []
    const ask = async () => {
      asked.push('asked')
      const code = 'console_unreachable'
      throw asked.length === 1 ? new UsageError('x', { code }) : new WorkError('x', { code })
    }
    const failed = { frames: [], end: { type: 'failed' } as const }
    const { cursors } = await play([failed, failed, { frames: [hello('0')], end: BROKEN }], { ask })
    expect([cursors.length, asked.length]).toEqual([3, 2])
  })

  it('says when something in between lets no stream through', async () => {
    const end = { type: 'failed' } as const
    const { said } = await play(Array.from({ length: 4 }, () => ({ frames: [], end })))
    expect(said.map((text) => text.includes('WebSockets'))).toEqual([false, true])
  })

  it('hangs up when there is no room, and takes the rest from its cursor later', async () => {
    const [a, b, c] = [toEvent(), toEvent(), toEvent()]
    const taken: EventItem[] = []
    let rooms = 1
    const { cursors, said } = await play(
      [
        { frames: [hello('0'), came('1', a), came('2', b), came('3', c)], end: BROKEN },
        { frames: [came('3', c)], end: { type: 'stopped' }, ms: STABLE_MS },
      ],
      {
        untilRoom() {
          if (taken.length < 2 || rooms === 0) return null
          rooms -= 1
          return Promise.resolve()
        },
        onNews: ({ event }) => void taken.push(event),
      },
    )
    expect(cursors).toEqual(['0', '2'])
    expect(taken).toEqual([a, b, c])
    expect(said).toEqual([])
  })

  it('keeps looking for what an earlier connection told, for as long as this one stands', async () => {
    const event = toEvent()
    let looks = 0
    const looking: CatchUp = {
      look: async () => ((looks += 1), looks === 3 ? [{ type: 'event', event, stored: null }] : []),
      isOver: () => looks === 4,
    }
    const { news, waits } = await play([{ frames: [hello('0')], end: BROKEN }], {
      catchUp: () => looking,
    })
    expect(news).toMatchObject([{ event }])
    expect(waits.filter((ms) => ms === 5_000)).toHaveLength(3)
  })

  it('says so when what became of earlier events cannot be found out', async () => {
    const { said } = await play(
      [
        { frames: [hello('0')], end: BROKEN },
        { frames: [hello('0')], end: { type: 'stopped' } },
      ],
      { catchUp: () => ({ look: () => Promise.reject(new WorkError('x')), isOver: () => true }) },
    )
    expect(said.at(-1)).toContain('not known')
    expect(said.join()).not.toContain('nothing was missed')
  })
})

describe('decideReconnect', () => {
  it('backs off to half a minute at most, half of it chance', () => {
    expect(toBackoffMs(1, 0)).toBe(250)
    expect(toBackoffMs(100, 1)).toBe(30_000)
    expect(toBackoffMs(100, 0)).toBe(15_000)
  })

  it('does not run in a circle with a server that sends everybody away', () => {
    const again: ConnectionEnd = { type: 'closed', code: 1012 }
    expect(decideReconnect(again, 1, 1)).toMatchObject({ waitMs: 0, isPlanned: true })
    expect(decideReconnect(again, 2, 1)).toMatchObject({ waitMs: 1_000, isPlanned: false })
  })

  it('does not ask why somebody fell silent', () => {
    const silent = { type: 'silent', silenceMs: 30_000 } as const
    expect(decideReconnect(silent, 1, 1)).toEqual({
      waitMs: 500,
      isAsking: false,
      isPlanned: false,
    })
  })
})

describe('createCatchUp', () => {
  const now = Date.parse('2026-11-20T10:05:00Z')
  const dead = {
    outcome: 'dead' as const,
    deliveries: [{ target: 'crm', status: 'dead' as const, attempts: 1 }],
  }

  function world(items: EventItem[]) {
    const asked: URL[] = []
    let laterMs = 0
    const address = { url: 'http://127.0.0.1:1', isLocal: true, headers: {} }
    const api = createApiClient(address, {
      fetch: async (input) => {
        asked.push(new URL((input as Request).url))
        return Response.json({ items, next: null, searchedTo: null, live: null })
      },
    })
    const later = (ms: number) => void (laterMs = ms)
    const known = createKnownEvents()
    return { api, asked, items, later, known, startedAt: now - 60_000, now: () => now + laterMs }
  }

  it('asks for nothing when everything was told to its end', async () => {
    const at = world([])
    at.known.meet(toEvent({ outcome: 'delivered', deliveries: [] }), null)
    const catchUp = createCatchUp({ ...at, filter: {} })
    // Of the connection itself: it tells what becomes of it.
    at.known.meet(toEvent(), null)
    expect([catchUp.isOver(), await catchUp.look(), at.asked]).toEqual([true, [], []])
  })

  it('tells what became of what waited, and leaves new events to the stream', async () => {
    const waiting = toEvent()
    const at = world([toEvent(dead), { ...waiting, ...dead }])
    at.known.meet(waiting, null)
    const catchUp = createCatchUp({ ...at, filter: { kind: 'messaging.*' } })
    const news = await catchUp.look()
    expect(news).toEqual([{ type: 'outcome', event: { ...waiting, ...dead }, before: 'waiting' }])
    expect(Object.fromEntries(at.asked[0]?.searchParams ?? [])).toEqual({
      kind: 'messaging.*',
      from: waiting.receivedAt,
      limit: '100',
    })
    // Dead is not the end of it: somebody may send it again.
    expect(catchUp.isOver()).toBe(false)
    const delivered = { outcome: 'delivered' as const, deliveries: [] }
    at.items.splice(0, 2, { ...waiting, ...delivered })
    expect(await catchUp.look()).toMatchObject([{ before: 'dead', event: delivered }])
    expect([catchUp.isOver(), await catchUp.look()]).toEqual([true, []])
  })

  it('with a filter by outcome: finds what has come to it while nobody listened', async () => {
    const at = world([toEvent(dead), toEvent()])
    const catchUp = createCatchUp({ ...at, filter: { outcome: 'dead', target: 'crm' } })
    expect(await catchUp.look()).toMatchObject([{ type: 'event', event: dead, stored: null }])
    expect(at.asked[0]?.searchParams.get('outcome')).toBeNull()
    expect(at.asked[0]?.searchParams.get('from')).toBe(new Date(at.startedAt).toISOString())
    expect(catchUp.isOver()).toBe(false)
    at.later(600_000)
    expect(catchUp.isOver()).toBe(true)
  })
})

it('parseFrame takes nothing on trust', () => {
  expect(parseFrame(JSON.stringify(hello('x')))).toEqual(hello('x'))
  for (const wrong of ['', '{', '[]', '{"type":"event","cursor":"x"}', '{"type":"news"}', null]) {
    expect(parseFrame(wrong)).toBeNull()
  }
  expect(parseFrame(JSON.stringify({ ...hello('x'), silenceMs: -1 }))).toBeNull()
})
