/** Every answer leaves in time, whatever an origin, KV or the queue does. */
import { reset } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  ACCOUNT,
  CALL,
  createHarness,
  signedPost,
  SMS,
  type HarnessOptions,
  type Params,
} from './harness.ts'

beforeEach(reset)
afterEach(() => vi.restoreAllMocks())

/** Conversations wait for 5 s. */
const DECISION: Params = [
  ['EventType', 'onMessageAdd'],
  ['AccountSid', ACCOUNT],
  ['Source', 'SDK'],
]

const origin = {
  type: 'origin',
  url: 'https://app.example.com/x',
  deadlineMs: 14_000,
  otherwise: null,
  when: null,
} as const

/** A gateway whose clock is the real one. */
function createTimed(options: HarnessOptions) {
  const gateway = createHarness(options)
  const offsetMs = gateway.clock.now - performance.now()
  Object.defineProperty(gateway.clock, 'now', { get: () => offsetMs + performance.now() })
  return gateway
}

describe('an origin', () => {
  const fetch = async () => new Response('<Response/>')

  it.each([
    [CALL, undefined, 14_000],
    [DECISION, undefined, 4_000],
    [DECISION, 14_000, 4_000],
    [CALL, 3_000, 3_000],
  ] satisfies [Params, number | undefined, number][])(
    'has what the kind and the endpoint leave it: %#',
    async (params, deadlineMs, expected) => {
      const timeout = vi.spyOn(AbortSignal, 'timeout')
      const endpoint = { replies: [origin], ...(deadlineMs === undefined ? {} : { deadlineMs }) }
      await createHarness({ endpoints: [endpoint], fetch }).post('/sms', params)
      expect(timeout.mock.calls).toEqual([[expected]])
    },
  )

  it('has less when time was spent before', async () => {
    const timeout = vi.spyOn(AbortSignal, 'timeout')
    const gateway = createHarness({ endpoints: [{ replies: [origin] }], fetch })
    const { url, headers } = signedPost('/sms', CALL)
    const bytes = new TextEncoder().encode(new URLSearchParams(CALL).toString())
    const pull = (controller: ReadableStreamDefaultController) => {
      gateway.clock.now += 3_000
      controller.enqueue(bytes)
      controller.close()
    }
    const body = new ReadableStream({ pull }, { highWaterMark: 0 })
    headers.delete('content-length')
    const response = await gateway.fetch(new Request(url, { method: 'POST', headers, body }))
    expect(response.status).toBe(200)
    expect(timeout.mock.calls).toEqual([[11_000]])
  })

  it('does not keep the event from being stored', async () => {
    const gateway = createHarness({
      endpoints: [{ replies: [origin] }],
      fetch: async () => {
        await vi.waitFor(() => expect(gateway.sent).toHaveLength(1))
        return new Response('<Response/>')
      },
    })
    await gateway.post('/sms', CALL)
    expect(gateway.line()).toMatchObject({ reply: 'origin', stored: 'queue' })
  })
})

describe('when everything hangs', () => {
  it.each([
    ['in a warm isolate', true, 1_000],
    ['in a new isolate', false, 1_000],
  ])('%s, the answer is there before the deadline', async (_where, isWarm, deadlineMs) => {
    const endpoints = [{ deadlineMs, remember: true }]
    const gateway = createTimed({ config: { lookupBudgetMs: 900 }, endpoints })
    if (isWarm) await gateway.post('/sms', CALL)
    Object.assign(gateway.faults, { get: 'hang', put: 'hang', send: 'hang' })
    expect((await gateway.post('/sms', SMS)).status).toBe(503)
    expect(gateway.line()?.faults).toEqual(['lookup.late', 'queue.late', 'outbox.late'])
    expect(gateway.line()?.ms.total).toBeLessThan(deadlineMs)
  })
})
