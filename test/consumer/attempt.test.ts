import { describe, expect, it } from 'vitest'
import type { LaneTarget } from '../../src/config/targets.ts'
import { attemptDelivery, type AttemptDeps } from '../../src/consumer/attempt.ts'
import type { RequestProblem } from '../../src/delivery/format.ts'
import type { EventMessage } from '../../src/events/message.ts'
import { ACCOUNT, toEvent, toMessage } from '../delivery/sample.ts'
import { NOW, toPlainTarget } from './line-harness.ts'

const SECRETS: { [name: string]: string } = {
  SIGNING: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  BEARER: 'bearer-of-the-crm',
  URL: 'https://hooks.example.com/a/path/that/is/secret',
  BAD: 'not base64!',
}
const TOKEN = '12345678901234567890123456789012'

interface Options {
  message?: EventMessage
  target?: Partial<LaneTarget>
  attempt?: number
  /** What the call takes; the clock goes on by it. */
  tookMs?: number
  deps?: Partial<AttemptDeps>
}

/** One attempt at a target that answers so, or throws. */
async function attempt(answer: Response | Error, options: Options = {}) {
  const { message = toMessage(), target = {}, attempt: number = 1, tookMs = 120, deps } = options
  let now = NOW
  const lines: object[] = []
  const unsigned: [string, RequestProblem][] = []
  const calls: string[] = []
  const result = await attemptDelivery(message, toPlainTarget(target), number, {
    secret: (name) => SECRETS[name],
    authToken: (account) => (account === ACCOUNT ? TOKEN : undefined),
    async fetch(url) {
      calls.push(url)
      now += tookMs
      if (answer instanceof Error) throw answer
      return answer
    },
    now: () => now,
    random: () => 0.5,
    log: (line) => lines.push(line),
    onUnsigned: (...problem) => unsigned.push(problem),
    ...deps,
  })
  return { result, lines, unsigned, calls }
}

const answers = (status: number, headers = {}) =>
  new Response(status === 204 ? null : 'hello', { status, headers })

describe('attemptDelivery', () => {
  it('tells of a success what the ledger keeps and the lane learns', async () => {
    const { result } = await attempt(answers(200))
    expect(result).toEqual({
      status: 'delivered',
      attempts: 1,
      nextAt: null,
      reason: null,
      attempt: {
        at: NOW,
        durationMs: 120,
        status: 200,
        verdict: 'delivered',
        reason: null,
        excerpt: 'hello',
        nextAt: null,
      },
      isGone: false,
      isFailure: false,
      askedMs: 0,
    })
  })

  it('keeps nothing of the answer when the config redacts', async () => {
    const { result } = await attempt(answers(200), { target: { keepsAnswers: false } })
    expect(result.attempt).toMatchObject({ status: 200, excerpt: '' })
  })

  it('tells of a failure when the next attempt is, counted from its end', async () => {
    const { result } = await attempt(answers(500), { attempt: 2 })
    const nextAt = NOW + 120 + 300_000
    expect(result).toEqual({
      status: 'waiting',
      attempts: 2,
      nextAt,
      reason: 'status_500',
      attempt: {
        at: NOW,
        durationMs: 120,
        status: 500,
        verdict: 'retry',
        reason: 'answered 500',
        excerpt: 'hello',
        nextAt,
      },
      isGone: false,
      isFailure: true,
      askedMs: 0,
    })
  })

  it.each([
    ['no connection', new Error('refused'), 'waiting', 'unreachable', null, true],
    ['a redirect', answers(301), 'waiting', 'status_301', 301, false],
    ['a refusal', answers(404), 'waiting', 'status_404', 404, false],
    ['too many requests', answers(429), 'waiting', 'status_429', 429, true],
    ['no content', answers(204), 'delivered', null, 204, false],
  ])('of %s', async (_name, answer, status, reason, httpStatus, isFailure) => {
    const { result } = await attempt(answer)
    expect(result).toMatchObject({ status, reason, isFailure, attempt: { status: httpStatus } })
  })

  it('is dead after the last attempt', async () => {
    const { result } = await attempt(answers(503), { attempt: 3 })
    expect(result).toMatchObject({
      status: 'dead',
      attempts: 3,
      nextAt: null,
      reason: 'status_503',
      isFailure: true,
      attempt: { verdict: 'dead', nextAt: null },
    })
  })

  it('waits as the target asks, and tells it to the breaker', async () => {
    const { result } = await attempt(answers(503, { 'retry-after': '900' }))
    expect(result).toMatchObject({ nextAt: NOW + 120 + 900_000, askedMs: 900_000 })
    expect(result.attempt.reason).toBe('answered 503 with Retry-After: 900')
  })

  it('knows that a target is gone, also from its last attempt', async () => {
    const first = await attempt(answers(410))
    expect(first.result).toMatchObject({
      status: 'waiting',
      reason: 'target_gone',
      isGone: true,
      isFailure: false,
      attempt: { verdict: 'gone' },
    })
    const last = await attempt(answers(410), { attempt: 3 })
    expect(last.result).toMatchObject({ status: 'dead', isGone: true })
  })

  it.each([
    ['secret_missing', { secrets: ['NONE'] }, {}, 'NONE'],
    ['secret_invalid', { secrets: ['BAD'] }, {}, 'BAD'],
    ['url_invalid', { urlSecret: 'BAD' }, {}, 'BAD'],
    ['token_missing', { format: 'twilio' as const }, { account: 'AC9' }, 'AC9'],
  ])('sends nothing for %s, and says which it is', async (reason, target, event, name) => {
    const message = toMessage({ event: toEvent(event) })
    const { result, calls, unsigned } = await attempt(answers(200), { target, message })
    expect(calls).toEqual([])
    expect(result).toMatchObject({ status: 'waiting', reason, isFailure: null, isGone: false })
    expect(result.attempt).toMatchObject({ status: null, excerpt: '' })
    expect(unsigned).toEqual([['crm', { reason, name }]])
  })

  it("takes what makes our own code throw for this event's problem, and says where", async () => {
    const { result, lines, calls } = await attempt(answers(200), {
      target: { headers: { 'bad header': 'x' } },
    })
    expect(calls).toEqual([])
    expect(result).toMatchObject({ status: 'waiting', reason: 'request_invalid', isFailure: null })
    expect(lines[0]).toMatchObject({ event: 'delivery.defect', target: 'crm', error: 'TypeError' })
  })

  it('is never shorter than nothing, whatever the clock does', async () => {
    const { result } = await attempt(answers(200), { tookMs: -5_000 })
    expect(result.attempt.durationMs).toBe(0)
  })
})

describe('its line in the log', () => {
  it('says all that there is to say of a success', async () => {
    const { lines } = await attempt(answers(200))
    expect(lines).toEqual([
      {
        event: 'delivery.attempted',
        eventId: toEvent().id,
        kind: 'messaging.inbound',
        target: 'crm',
        attempt: 1,
        status: 200,
        durationMs: 120,
        verdict: 'delivered',
        reason: null,
        delayMs: null,
        nextAttempt: null,
      },
    ])
  })

  it('says of a failure why, and what happens next', async () => {
    const { lines } = await attempt(new Error('refused'), { attempt: 2 })
    expect(lines).toEqual([
      {
        event: 'delivery.attempted',
        eventId: toEvent().id,
        kind: 'messaging.inbound',
        target: 'crm',
        attempt: 2,
        status: null,
        durationMs: 120,
        verdict: 'retry',
        reason: 'unreachable',
        delayMs: 300_000,
        nextAttempt: '2026-11-20T10:05:00.120Z',
      },
    ])
  })

  it('names the replay', async () => {
    const { lines } = await attempt(answers(200), { message: toMessage({ replay: 'rpl_1' }) })
    expect(lines).toMatchObject([{ event: 'delivery.attempted', replay: 'rpl_1' }])
  })

  it.each([
    ['a success', answers(200), {}],
    ['an answer that repeats the event', new Response('+15005550006 Köln', { status: 500 }), {}],
    ['an error that repeats the URL', new Error(`connect ${SECRETS['URL']}`), {}],
    ['a defect', answers(200), { headers: { 'bad header': '+15005550006' } }],
  ])('has no secret, number or body in it: %s', async (_name, answer, target) => {
    const { lines, calls } = await attempt(answer, {
      target: { urlSecret: 'URL', secrets: ['SIGNING'], bearer: 'BEARER', ...target },
    })
    const text = JSON.stringify(lines)
    expect(text).toContain('delivery.attempted')
    for (const secret of [
      ...Object.values(SECRETS),
      TOKEN,
      '5005550006',
      'Köln',
      'hooks.example',
    ]) {
      expect(text).not.toContain(secret)
    }
    expect(calls.every((url) => url === SECRETS['URL'])).toBe(true)
  })

  it('does not repeat what a defect says', async () => {
    const secret = () => {
      throw new RangeError(`cannot read ${SECRETS['BEARER']}`)
    }
    const { lines } = await attempt(answers(200), { target: { bearer: 'X' }, deps: { secret } })
    expect(lines[0]).toMatchObject({ event: 'delivery.defect', error: 'RangeError' })
    expect(JSON.stringify(lines)).not.toContain(SECRETS['BEARER'])
  })
})
