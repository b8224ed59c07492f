/**
 * Random offers, targets, clocks and clears: what must hold whatever happens.
 *
 * - every offer is answered within the line's patience, an answer for each item;
 * - an attempt is called once at most, and all who ask get the same result;
 * - whoever was told `held` is reported to once, nobody else is;
 * - no more calls at a time than the target's concurrency, begun no faster than its rate;
 * - while the breaker is open nothing is called, and a half-open one lets one call out.
 */
import * as fc from 'fast-check'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Line, type LateAnswer, type LineAnswer } from '../../src/consumer/line.ts'
import { PATIENCE_MS } from '../../src/consumer/outlook.ts'
import type { Breaker } from '../../src/delivery/breaker.ts'
import { NOW, pass, toItem, toPlainTarget } from './line-harness.ts'

type Reply =
  | { type: 'answers'; status: number; afterMs: number }
  | { type: 'fails'; afterMs: number }
  | { type: 'throws' }
  | { type: 'hangs' }

type Step =
  | { type: 'offer'; names: number[]; attempt: number; target: number }
  | { type: 'pass'; ms: number }
  | { type: 'leap'; ms: number }
  | { type: 'clear' }

interface Setup {
  rate: { limit: number; perMs: number } | null
  concurrency: number
  timeoutMs: number
  /** One behind the other, again and again. */
  replies: Reply[]
  steps: Step[]
}

const latency = fc.oneof(fc.constantFrom(0, 1, 499, 500, 501), fc.nat(3_000), fc.nat(15_000))

const reply: fc.Arbitrary<Reply> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('answers' as const),
      status: fc.constantFrom(200, 200, 200, 404, 410, 429, 500, 500),
      afterMs: latency,
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('fails' as const), afterMs: latency }) },
  { weight: 1, arbitrary: fc.constant({ type: 'throws' as const }) },
  { weight: 1, arbitrary: fc.constant({ type: 'hangs' as const }) },
)

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('offer' as const),
      names: fc.array(fc.nat(24), { minLength: 1, maxLength: 20 }),
      attempt: fc.constantFrom(1, 1, 1, 2),
      target: fc.constantFrom(0, 0, 0, 1),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('pass' as const),
      ms: fc.oneof(fc.constantFrom(0, 1, 499, 500, 501), fc.nat(2_000), fc.nat(40_000)),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('leap' as const),
      ms: fc.oneof(fc.nat(60_000), fc.integer({ min: -60_000, max: 0 })),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ type: 'clear' as const }) },
)

const setup: fc.Arbitrary<Setup> = fc.record({
  rate: fc.constantFrom(
    null,
    null,
    { limit: 10, perMs: 1_000 },
    { limit: 7, perMs: 1_000 },
    { limit: 1, perMs: 1_000 },
    { limit: 1, perMs: 30_000 },
  ),
  concurrency: fc.constantFrom(1, 3, 5),
  timeoutMs: fc.constantFrom(300, 500, 10_000),
  replies: fc.array(reply, { minLength: 1, maxLength: 12 }),
  steps: fc.array(step, { minLength: 1, maxLength: 25 }),
})

class Model {
  readonly line: Line
  readonly target: ReturnType<typeof toPlainTarget>
  /** As the target in the config, with another secret that is missing. */
  readonly broken: ReturnType<typeof toPlainTarget>
  readonly starts: number[] = []
  readonly calls = new Map<string, number>()
  readonly results = new Map<string, LineAnswer>()
  readonly held = new Set<string>()
  readonly problems: string[] = []
  open = 0
  unanswered = 0
  #replies: Reply[]
  #nth = 0
  #breaker: Breaker | undefined
  #probes = new Set<number>()

  constructor({ rate, concurrency, timeoutMs, replies }: Setup) {
    this.#replies = replies
    this.target = toPlainTarget({ rate, concurrency, timeoutMs, retryMs: [1_000] })
    this.broken = { ...this.target, secrets: ['MISSING'] }
    this.line = new Line({
      secret: () => undefined,
      authToken: () => undefined,
      fetch: (_url, init) => this.#call(init),
      now: () => Date.now(),
      random: () => 0.5,
      log: () => {},
      onUnsigned: () => {},
      restored: {},
      save: ({ breaker }) => {
        this.#breaker = breaker ?? this.#breaker
      },
      recall: () => null,
      onLate: (late) => this.#onLate(late),
      onResult: ({ message }, { attempts }) => {
        const key = `${message.event.id}/${attempts}`
        this.calls.set(key, (this.calls.get(key) ?? 0) + 1)
      },
      onBreaker: () => {},
    })
  }

  async #call({ signal }: RequestInit): Promise<Response> {
    this.starts.push(Date.now())
    this.open++
    if (this.open > this.target.concurrency) this.problems.push('too many at a time')
    this.#checkBreaker()
    const next = this.#replies[this.#nth++ % this.#replies.length] ?? { type: 'hangs' }
    try {
      if (next.type === 'throws') throw new Error('bad')
      const afterMs = next.type === 'hangs' ? 1e9 : next.afterMs
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, afterMs)
        signal?.addEventListener('abort', () => {
          clearTimeout(timer)
          resolve()
        })
      })
      if (next.type !== 'answers') throw new Error('bad')
      return new Response(null, { status: next.status })
    } finally {
      this.open--
    }
  }

  #checkBreaker() {
    if (this.#breaker?.state === 'open') this.problems.push('called while open')
    if (this.#breaker?.state !== 'half-open') return
    if (this.#probes.has(this.#breaker.epoch)) this.problems.push('two probes')
    this.#probes.add(this.#breaker.epoch)
  }

  #onLate({ claim, attempt, answer }: LateAnswer) {
    const key = `${claim}/${attempt}`
    if (!this.held.delete(key)) this.problems.push(`late without held: ${key}`)
    this.#see(key, answer)
  }

  #see(key: string, answer: LineAnswer) {
    if (answer.state !== 'done') return
    const known = this.results.get(key)
    if (known && JSON.stringify(known) !== JSON.stringify(answer)) {
      this.problems.push(`two results: ${key}`)
    }
    this.results.set(key, answer)
  }

  offer({ names, attempt, target }: Extract<Step, { type: 'offer' }>) {
    const items = names.map((name) => toItem(`evt-${name}`, attempt))
    const deadline = setTimeout(() => this.problems.push('impatient'), PATIENCE_MS + 1)
    this.unanswered++
    const offer = { target: target === 0 ? this.target : this.broken, lanes: 1, items }
    this.line.offer(offer).then(
      (answers) => {
        clearTimeout(deadline)
        this.unanswered--
        if (answers.length !== items.length) this.problems.push('answers are missing')
        for (const [i, answer] of answers.entries()) this.#take(items[i]?.claim, attempt, answer)
      },
      (error: unknown) => this.problems.push(`rejected: ${String(error)}`),
    )
  }

  #take(claim: string | undefined, attempt: number, answer: LineAnswer) {
    const key = `${claim}/${attempt}`
    if (answer.state === 'held') this.held.add(key)
    if (answer.state !== 'done' && answer.forMs > 3_600_000) this.problems.push('too long a wait')
    if (answer.state !== 'done' && answer.forMs < 1_000) this.problems.push('too short a wait')
    this.#see(key, answer)
  }
}

/** By a clock that leaps nobody can tell. */
function isTooFast({ rate, steps }: Setup, starts: readonly number[]): boolean {
  if (!rate || steps.some(({ type }) => type === 'leap')) return false
  const { limit, perMs } = rate
  return starts.some((from) => {
    return starts.filter((at) => at >= from && at < from + perMs).length > limit
  })
}

async function play(one: Setup): Promise<Model> {
  vi.setSystemTime(NOW)
  const model = new Model(one)
  for (const doing of one.steps) {
    if (doing.type === 'offer') model.offer(doing)
    if (doing.type === 'clear') model.line.clear()
    if (doing.type === 'leap') vi.setSystemTime(Date.now() + doing.ms)
    if (doing.type === 'pass') await pass(doing.ms)
  }
  await pass(600_000)
  return model
}

beforeEach(() => void vi.useFakeTimers({ now: NOW }))
afterEach(() => void vi.useRealTimers())

it('holds, whatever is offered and whatever the target does', async () => {
  let calls = 0
  await fc.assert(
    fc.asyncProperty(setup, async (one) => {
      const model = await play(one)
      expect(model.problems).toEqual([])
      expect([...model.held]).toEqual([])
      expect(model.unanswered).toBe(0)
      expect(model.open).toBe(0)
      expect(Math.max(0, ...model.calls.values())).toBeLessThanOrEqual(1)
      expect(isTooFast(one, model.starts)).toBe(false)
      calls += model.starts.length
    }),
    { numRuns: 300 },
  )
  // The model has seen something.
  expect(calls).toBeGreaterThan(500)
})
