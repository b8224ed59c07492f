/**
 * A line on a clock of its own (vi.useFakeTimers), whose target answers by hand: each call waits in
 * `calls` until the test answers it.
 */
import { vi } from 'vitest'
import { toLaneTarget, type LaneTarget, type PreparedTarget } from '../../src/config/targets.ts'
import type { AttemptResult } from '../../src/consumer/attempt.ts'
import {
  Line,
  type LateAnswer,
  type LineAnswer,
  type LineDeps,
  type LineItem,
  type LineState,
} from '../../src/consumer/line.ts'
import { toEvent, toMessage, toTarget } from '../delivery/sample.ts'

export const NOW = Date.parse('2026-11-20T10:00:00.000Z')

/** What has passed since the test began, milliseconds. */
export const passedMs = () => Date.now() - NOW

export const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

/** Lets everything happen that needs no time. */
export const settle = () => pass(0)

/** One HTTP call that the line made. */
export interface TestCall {
  /** The claim: it is the event's id here. */
  id: string
  /** When it began, milliseconds since the test began. */
  at: number
  init: RequestInit
  answer(status?: number, headers?: Record<string, string>): Promise<void>
  fail(): Promise<void>
}

export interface TestLine {
  line: Line
  calls: TestCall[]
  late: LateAnswer[]
  saved: Partial<LineState>
  lines: object[]
  results: AttemptResult[]
  changes: string[]
  /** Offers one item for each name. */
  offer(names: readonly string[], options?: OfferOptions): Promise<LineAnswer[]>
}

export interface OfferOptions {
  target?: LaneTarget
  attempt?: number
  lanes?: number
}

export const toPlainTarget = (changes: Partial<PreparedTarget> = {}): LaneTarget =>
  toLaneTarget(toTarget(changes))

export function toItem(claim: string, attempt = 1): LineItem {
  const message = toMessage({ event: toEvent({ id: claim }) })
  return { claim, seq: Number(claim.replaceAll(/\D/g, '')) || 1, message, attempt }
}

export function createTestLine(changes: Partial<LineDeps> = {}): TestLine {
  const calls: TestCall[] = []
  const late: LateAnswer[] = []
  const saved: Partial<LineState> = {}
  const lines: object[] = []
  const results: AttemptResult[] = []
  const breakerChanges: string[] = []
  const line = new Line({
    secret: () => undefined,
    authToken: () => undefined,
    fetch: (_url, init) => {
      const { promise, resolve, reject } = Promise.withResolvers<Response>()
      calls.push({
        id: new Headers(init.headers).get('webhook-id') ?? '',
        at: passedMs(),
        init,
        async answer(status = 200, headers = {}) {
          resolve(new Response(null, { status, headers }))
          await settle()
        },
        async fail() {
          reject(new Error('connection refused'))
          await settle()
        },
      })
      return promise
    },
    now: () => Date.now(),
    random: () => 0.5,
    log: (one) => lines.push(one),
    onUnsigned: () => {},
    restored: {},
    save: (state) => Object.assign(saved, structuredClone(state)),
    recall: () => null,
    onLate: (one) => late.push(one),
    onResult: (_about, result) => results.push(result),
    onBreaker: (change) => breakerChanges.push(change),
    ...changes,
  })
  return {
    line,
    calls,
    late,
    saved,
    lines,
    results,
    changes: breakerChanges,
    offer: (names, { target = toPlainTarget(), attempt = 1, lanes = 1 } = {}) =>
      line.offer({ target, lanes, items: names.map((name) => toItem(name, attempt)) }),
  }
}

/** `prefix-1`, `prefix-2`, … */
export const toNames = (count: number, prefix = 'evt'): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}-${i + 1}`)

export const states = (answers: readonly LineAnswer[]) => answers.map(({ state }) => state)

export const waits = (answers: readonly LineAnswer[]) =>
  answers.flatMap((answer) => (answer.state === 'waits' ? [answer] : []))

export const reasons = (answers: readonly LineAnswer[]) => waits(answers).map((one) => one.reason)

export const ids = ({ calls }: Pick<TestLine, 'calls'>) => calls.map(({ id }) => id)

/** What a promise holds, as soon as it holds something. */
export function watch<T>(promise: Promise<T>): { value?: T; at?: number } {
  const seen: { value?: T; at?: number } = {}
  void promise.then((value) => Object.assign(seen, { value, at: passedMs() }))
  return seen
}

/** Answers all calls from there on, those that begin meanwhile included. */
export async function answerAll({ calls }: TestLine, status = 200, from = 0): Promise<void> {
  for (let i = from; i < calls.length; i++) await calls[i]?.answer(status)
}
