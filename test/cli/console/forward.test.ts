/** What reaches the app on this machine, in which order, and what becomes of it when it is down. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'
import twilio from 'twilio'
import { afterAll, describe, expect, it } from 'vitest'
import { decideForward, RETRY_MS } from '../../../src/cli/console/forward-retry.ts'
import { createForwardTarget } from '../../../src/cli/console/forward-target.ts'
import { forwardEvent, type ForwardDeps } from '../../../src/cli/console/forward.ts'
import { toCountsText, toForwardLine } from '../../../src/cli/console/forward-words.ts'
import type { Stored } from '../../../src/cli/console/event-words.ts'
import { createThreadQueue } from '../../../src/cli/console/thread-queue.ts'
import { toEvent } from './sample-event.ts'

const path = mkdtempSync(join(tmpdir(), 'switchboard-'))
afterAll(() => rmSync(path, { recursive: true }))

const TOKEN = '0123456789abcdef0123456789abcdef'
const URL_HERE = 'http://127.0.0.1:3000/hooks'
const order = {
  url: URL_HERE,
  format: 'cloudevents' as const,
  isAnywhere: false,
  state: { path, shown: '.switchboard' },
}
const event = toEvent()
const BODY = 'From=%2B15005550006&Body=hello'
const stored: Stored = {
  state: 'whole',
  message: {
    event: {
      specversion: '1.0',
      id: event.id,
      source: '/endpoints/sms',
      type: 'com.twilio.messaging.inbound-message.received',
      time: event.receivedAt,
      datacontenttype: 'application/json',
      kind: 'messaging.inbound',
      account: `AC${'0'.repeat(32)}`,
      traceparent: '00-00000000000000000000000000000001-0000000000000001-01',
      data: { body: 'hello' },
    },
    request: {
      method: 'POST',
      contentType: 'application/x-www-form-urlencoded',
      query: '',
      body: BODY,
      encoding: 'utf-8',
    },
  },
}

function deps(change: Partial<ForwardDeps> = {}): ForwardDeps & { sent: [string, RequestInit][] } {
  const sent: [string, RequestInit][] = []
  return {
    sent,
    target: createForwardTarget(order, () => undefined),
    fetch: async (url, init) => {
      sent.push([url, init])
      return new Response('ok')
    },
    readMessage: async () => ({ state: 'gone' }),
    onRetry: () => {},
    signal: new AbortController().signal,
    now: () => Date.now(),
    ...change,
  }
}

describe('forwardEvent', () => {
  it('sends a CloudEvent that Standard Webhooks can verify with the kept secret', async () => {
    const at = deps()
    expect(await forwardEvent(event, stored, at)).toMatchObject({
      verdict: 'delivered',
      status: 200,
      attempts: 1,
    })
    const [url, { headers, body }] = at.sent[0] ?? ['', {}]
    const secret = readFileSync(join(path, 'FORWARD_SIGNING_SECRET'), 'utf8')
    const text = Buffer.from(body as Uint8Array).toString()
    const verified = new Webhook(secret).verify(text, Object.fromEntries(headers as Headers))
    expect([url, verified]).toEqual([URL_HERE, stored.message.event])
    expect(at.target.signedWith).toBe('.switchboard/FORWARD_SIGNING_SECRET')
  })

  it("sends Twilio's own request, signed for the URL here", async () => {
    const target = createForwardTarget({ ...order, format: 'twilio' }, () => TOKEN)
    const at = deps({ target })
    await forwardEvent(event, stored, at)
    const [, { headers, body }] = at.sent[0] ?? ['', {}]
    const signature = (headers as Headers).get('x-twilio-signature') ?? ''
    const params = { From: '+15005550006', Body: 'hello' }
    expect(twilio.validateRequest(TOKEN, signature, URL_HERE, params)).toBe(true)
    expect(Buffer.from(body as Uint8Array).toString()).toBe(BODY)
  })

  it('fetches a message that was too large to come along, and skips what is gone', async () => {
    const asked: string[] = []
    const at = deps({ readMessage: async (id) => (asked.push(id), stored) })
    const elsewhere = { state: 'elsewhere' as const }
    expect(await forwardEvent(event, elsewhere, at)).toMatchObject({ verdict: 'delivered' })
    expect(await forwardEvent(event, null, at)).toMatchObject({ verdict: 'delivered' })
    expect(asked).toEqual([event.id, event.id])
    expect(await forwardEvent(event, null, deps())).toMatchObject({ verdict: 'skipped' })
    const failing = deps({ readMessage: () => Promise.reject(new Error('no')) })
    expect(await forwardEvent(event, null, failing)).toMatchObject({
      verdict: 'skipped',
      reason: 'no',
    })
  })

  it('says when hashes stand for what is redacted, and when no token is there', async () => {
    const redacted: Stored = { ...stored, state: 'redacted' }
    expect(await forwardEvent(event, redacted, deps())).toMatchObject({ isRedacted: true })
    const ring = JSON.stringify({ [`AC${'1'.repeat(32)}`]: TOKEN })
    const target = createForwardTarget({ ...order, format: 'twilio' }, () => ring)
    expect(await forwardEvent(event, stored, deps({ target }))).toMatchObject({
      verdict: 'skipped',
      attempts: 1,
      tookMs: null,
    })
  })

  it('ends at once when it is told to while an app is down', async () => {
    const stop = new AbortController()
    const at = deps({
      fetch: () => Promise.reject(new TypeError('down')),
      onRetry: () => stop.abort(),
      signal: stop.signal,
    })
    expect(await forwardEvent(event, stored, at)).toMatchObject({ verdict: 'skipped', attempts: 2 })
  })
})

describe('decideForward', () => {
  const answered = (status: number, retryAfter: string | null = null) =>
    ({ type: 'answered', status, retryAfter, excerpt: '' }) as const
  it.each([
    ['2xx', answered(204), 1, 'delivered'],
    ['a failure is shown, not repeated', answered(500), 1, 'refused'],
    ['nor is a redirect', answered(302), 1, 'refused'],
    ['nor what may stand in a debugger', { type: 'timeout' } as const, 1, 'refused'],
    ['an app that is down', { type: 'unreachable' } as const, 1, { retryMs: 1_000 }],
    ['for good', { type: 'unreachable' } as const, RETRY_MS.length + 1, 'skipped'],
    ['one that asks to wait', answered(503, '7'), 1, { retryMs: 7_000 }],
    ['for too long', answered(429, '3600'), 1, { retryMs: 30_000 }],
    ['and never stops asking', answered(503), RETRY_MS.length + 1, 'refused'],
    ['what cannot be signed', { type: 'unsent', reason: 'token_missing' } as const, 1, 'skipped'],
  ])('%s', (_name, outcome, attempt, expected) => {
    expect(decideForward(outcome, attempt, 0)).toEqual(expected)
  })
})

describe('createForwardTarget', () => {
  it.each(['https://app.example.com/hooks', 'http://8.8.8.8/', 'http://user:pw@127.0.0.1/'])(
    'refuses %s',
    (url) => {
      expect(() => createForwardTarget({ ...order, url }, () => undefined)).toThrow(
        expect.objectContaining({ exitCode: 2 }),
      )
    },
  )

  it('takes it when told so, and private ones as they are', () => {
    for (const url of ['http://192.168.1.7:3000/', 'http://[::1]:3000/', 'http://app:3000/']) {
      expect(createForwardTarget({ ...order, url }, () => undefined).receiver.url).toBe(url)
    }
    const url = 'https://app.example.com/hooks'
    const target = createForwardTarget({ ...order, url, isAnywhere: true }, () => undefined)
    expect(target.receiver.url).toBe(url)
  })

  it('wants the auth token for the format twilio at once', () => {
    const twilioOrder = { ...order, format: 'twilio' as const }
    expect(() => createForwardTarget(twilioOrder, () => undefined)).toThrow(
      expect.objectContaining({ code: 'tokens_missing' }),
    )
  })
})

describe('createThreadQueue', () => {
  function world(concurrency: number, capacity: number) {
    const begun: string[] = []
    const open = new Map<string, () => void>()
    const queue = createThreadQueue<string>({
      concurrency,
      capacity,
      work: (item) => {
        begun.push(item)
        return new Promise((resolve) => void open.set(item, resolve))
      },
    })
    const end = async (item: string) => {
      open.get(item)?.()
      await new Promise(setImmediate)
    }
    const put = (...items: string[]) => {
      for (const item of items) queue.put(item.slice(0, 1), item)
    }
    return { queue, begun, end, put }
  }

  it('keeps the order of a thread, and lets the others pass', async () => {
    const { begun, end, put } = world(2, 100)
    put('a1', 'a2', 'a3', 'b1', 'c1', 'c2')
    expect(begun).toEqual(['a1', 'b1'])
    await end('b1')
    expect(begun.slice(2)).toEqual(['c1'])
    await end('a1')
    expect(begun.slice(3)).toEqual(['a2'])
    await end('c1')
    await end('a2')
    expect(begun.slice(4)).toEqual(['c2', 'a3'])
  })

  it('says that it is full, and that there is room when half of it has gone', async () => {
    const { queue, end, put } = world(1, 4)
    put('a1', 'a2', 'a3')
    expect(queue.untilRoom()).toBeNull()
    put('a4')
    let hasRoom = false
    void queue.untilRoom()?.then(() => (hasRoom = true))
    await end('a1')
    expect(hasRoom).toBe(false)
    await end('a2')
    expect([hasRoom, queue.untilRoom(), queue.size()]).toEqual([true, null, 2])
  })
})

it('shows the first line of what a failing app answered, harmless', () => {
  const paint = (_style: string, text: string) => text
  const forwarded = {
    event,
    verdict: 'refused' as const,
    status: 500,
    tookMs: 12.4,
    attempts: 1,
    reason: 'answered 500',
    excerpt: '\u001b[31mTypeError: no\nat line 1',
    isRedacted: false,
  }
  const line = toForwardLine(forwarded, { at: new Date(), paint })
  expect(line).toMatch(/ {2}500 {2}12 ms {2}evt_\d+\n {10}␛\[31mTypeError: no$/)
  expect(toCountsText({ delivered: 1, refused: 0, skipped: 2 }, 1)).toBe(
    '3 events forwarded: 1 taken, 2 skipped, 1 left over.',
  )
})
