import { describe, expect, it } from 'vitest'
import type { Mix } from '../../../src/cli/simulate/mix.ts'
import { planConversations } from '../../../src/cli/simulate/plan.ts'
import type { PlannedRequest } from '../../../src/cli/simulate/planned-request.ts'
import { toFallback, hasFallback } from '../../../src/cli/simulate/fallback.ts'
import { toWebhook } from '../../../src/cli/simulate/to-webhook.ts'
import { Params, parseForm } from '../../../src/twilio/params.ts'
import { recognizeKind } from '../../../src/twilio/recognize.ts'

const places = {
  sms: 'http://127.0.0.1:8787/sms',
  voice: 'http://127.0.0.1:8787/voice',
  status: 'http://127.0.0.1:8787/status',
  fallback: 'http://127.0.0.1:8787/fallback',
}
const signer = { account: `AC${'1'.repeat(32)}`, token: '0123456789abcdef0123456789abcdef' }
const identity = { signer, publicUrl: null, date: new Date(0) }

const planOf = (mix: Mix, count = 400, edges = 3) =>
  planConversations({ seed: 'a', count, rate: 50, mix, places, edges })

const paramsOf = (planned: PlannedRequest) =>
  new Params(parseForm(toWebhook(planned, identity).body ?? ''))

/** The first of each token, in the order of the numbers that they carry. */
function toCallbacks(requests: readonly PlannedRequest[]) {
  const firsts = new Map(requests.map((each) => [each.token, each]))
  return [...firsts.values()]
    .filter(({ request }) => request.kind === 'voice.conference.status')
    .map(paramsOf)
    .toSorted((one, next) => Number(one.get('SequenceNumber')) - Number(next.get('SequenceNumber')))
}

describe('conference', () => {
  // The last one may have been cut off.
  const conferences = planOf({ conference: 1 }).slice(0, -1)

  it('begins with who joins, starts with the second, and ends with the last who leaves', () => {
    for (const { requests } of conferences) {
      const callbacks = toCallbacks(requests)
      const names = callbacks.map((params) => params.get('StatusCallbackEvent'))
      expect(callbacks.map((params) => Number(params.get('SequenceNumber')))).toEqual(
        callbacks.map((_, index) => index + 1),
      )
      expect(names.slice(0, 3)).toEqual([
        'participant-join',
        'participant-join',
        'conference-start',
      ])
      const whose = (event: string) =>
        callbacks
          .filter((params) => params.get('StatusCallbackEvent') === event)
          .map((params) => params.get('CallSid'))
      expect(whose('participant-leave').toSorted()).toEqual(whose('participant-join').toSorted())
      const end = callbacks.at(-1)
      expect(end?.get('StatusCallbackEvent')).toBe('conference-end')
      expect(end?.get('CallSidEndingConference')).toBe(whose('participant-leave').at(-1))
      expect(end?.has('CallSid')).toBe(false)
      expect(new Set(callbacks.map((params) => params.get('ConferenceSid'))).size).toBe(1)
    }
  })

  it('mutes or holds somebody for a while, and says so', () => {
    const seen = conferences.flatMap(({ requests }) =>
      toCallbacks(requests).map((params) => {
        const [event, muted, hold] = ['StatusCallbackEvent', 'Muted', 'Hold'].map((name) =>
          params.get(name),
        )
        return `${event} ${muted} ${hold}`
      }),
    )
    const aside = [...new Set(seen)].filter((each) => /mute |hold /.test(each))
    expect(aside.toSorted()).toEqual([
      'participant-hold false true',
      'participant-mute true false',
      'participant-unhold false false',
      'participant-unmute false false',
    ])
  })

  it('is recorded as a conference, which is no call', () => {
    const recordings = conferences.flatMap(({ requests }) =>
      requests.filter(({ request }) => request.kind === 'voice.recording.status').map(paramsOf),
    )
    expect(new Set(recordings.map((params) => params.get('RecordingStatus')))).toEqual(
      new Set(['in-progress', 'completed']),
    )
    for (const params of recordings) {
      expect(params.get('RecordingSource')).toBe('Conference')
      expect(params.get('ConferenceSid')).toMatch(/^CF/)
      expect(params.has('CallSid')).toBe(false)
      expect(params.has('RecordingDuration')).toBe(params.get('RecordingStatus') === 'completed')
    }
  })

  it('has callbacks that overtake each other', () => {
    const orders = conferences.map(({ requests }) =>
      requests.flatMap(({ request }) => {
        const number = request.set.find(([name]) => name === 'SequenceNumber')
        return request.kind === 'voice.conference.status' && number ? [Number(number[1])] : []
      }),
    )
    expect(orders.some((order) => order.some((each, at) => each < (order[at - 1] ?? 0)))).toBe(true)
  })
})

describe('fallback', () => {
  const conversations = planOf({ fallback: 1 }, 200)

  it('asks the fallback URL once more what the first one was asked, and says why', () => {
    const [two] = conversations.filter(({ requests }) => requests.length === 2)
    const [first, second] = two?.requests ?? []
    if (!first || !second) throw new Error('no story')
    const [asked, again] = [paramsOf(first), paramsOf(second)]
    expect(again.pairs.filter(([name]) => !name.startsWith('Error'))).toEqual(asked.pairs)
    expect(again.get('ErrorCode')).toBe('11205')
    expect(again.get('ErrorUrl')).toBe(first.request.url)
    expect(second.request.url).toBe(places.fallback)
    expect(second.token).not.toBe(first.token)
  })

  it('comes for calls and messages, also of apps elsewhere, and is told from what failed', () => {
    const all = conversations.flatMap(({ requests }) => requests)
    const fallbacks = all.filter(({ isFallback }) => isFallback)
    expect(new Set(fallbacks.map(({ request }) => request.kind))).toEqual(
      new Set(['voice.inbound', 'messaging.inbound']),
    )
    const urls = fallbacks.map((each) => paramsOf(each).get('ErrorUrl'))
    expect(urls).toContain('https://app.example.com/voice')
    for (const each of fallbacks) {
      const kind = recognizeKind({
        params: paramsOf(each),
        query: [],
        json: undefined,
        text: undefined,
      })
      expect(kind.name).toBe('fallback')
    }
  })

  it('is there for what asks for TwiML, and only once', () => {
    const of = (mix: Mix, kind: string) => {
      const found = planOf(mix)
        .flatMap(({ requests }) => requests)
        .find(({ request }) => request.kind === kind)
      if (!found) throw new Error(`no ${kind}`)
      return found
    }
    const inbound = of({ call: 1 }, 'voice.inbound')
    expect(hasFallback(inbound)).toBe(true)
    expect(hasFallback(of({ call: 1 }, 'voice.gather.action'))).toBe(true)
    expect(hasFallback(of({ call: 1 }, 'voice.call.status'))).toBe(false)
    expect(hasFallback(of({ conference: 1 }, 'voice.conference.wait'))).toBe(false)
    expect(hasFallback(toFallback(inbound, places.fallback, 11200))).toBe(false)
    expect(hasFallback({ ...inbound, enemy: 'forged' })).toBe(false)
  })

  it('is left out where there is no such URL', () => {
    const nowhere = { ...places, fallback: null }
    const planned = (mix: Mix) =>
      planConversations({ seed: 'a', count: 20, rate: 50, mix, places: nowhere })
    expect(planned({ fallback: 1 })).toEqual([])
    expect(planned({ fallback: 9, message: 1 }).every(({ story }) => story === 'message')).toBe(
      true,
    )
  })
})

describe('copies at once', () => {
  const sizesOf = (edges: number) => {
    const sizes: number[] = []
    for (const { isTogether } of planOf({ message: 1 }, 3_000, edges).flatMap((c) => c.requests)) {
      if (isTogether) sizes.push((sizes.pop() ?? 0) + 1)
      else sizes.push(1)
    }
    return new Set(sizes)
  }

  it.each([
    [1, [1]],
    [2, [1, 2]],
    [5, [1, 2, 3, 4, 5]],
  ])('from %i edges come no more than those, each from its own', (edges, sizes) => {
    expect([...sizesOf(edges)].toSorted()).toEqual(sizes)
    const groups = Map.groupBy(
      planOf({ message: 1 }, 1_000, edges).flatMap(({ requests }) => requests),
      ({ token }) => token,
    )
    for (const group of groups.values()) {
      const together = group.filter(({ isTogether }) => isTogether)
      if (together.length === 0) continue
      const all = [...together, ...group.slice(0, 1)].map(({ edge }) => edge)
      expect(new Set(all).size).toBe(together.length + 1)
      expect(all.every((edge) => edge >= 0 && edge < edges)).toBe(true)
    }
  })
})

describe('events', () => {
  it('comes again under another token, now and then, with the same events', () => {
    const bodies = new Map<string, Set<string>>()
    for (const { requests } of planOf({ events: 1 }, 200)) {
      for (const each of requests) {
        const { body } = toWebhook(each, identity)
        bodies.set(body ?? '', (bodies.get(body ?? '') ?? new Set()).add(each.token))
      }
    }
    expect([...bodies.values()].some((tokens) => tokens.size > 1)).toBe(true)
  })

  it('may have a name and a password beside its signature', () => {
    const webhooks = planOf({ events: 1 }, 100).flatMap(({ requests }) =>
      requests.map((each) => toWebhook(each, identity).headers['authorization']),
    )
    expect(new Set(webhooks.map((each) => each?.slice(0, 6)))).toEqual(
      new Set([undefined, 'Basic ']),
    )
  })
})
