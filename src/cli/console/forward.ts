/**
 * Sends one event to the app on this machine, as a target would get it, and tells what came of it. Never
 * rejects.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { describeOutcome } from '../../delivery/describe.ts'
import type { DeliveryOutcome } from '../../delivery/decide.ts'
import { toDeliveryRequest } from '../../delivery/request.ts'
import { sendRequest, type Fetch } from '../../delivery/send.ts'
import { MESSAGE_VERSION, type EventMessage } from '../../events/message.ts'
import { parseMessage } from '../../events/parse-message.ts'
import { toReason } from '../terminal/errors.ts'
import type { EventItem } from './event-words.ts'
import { decideForward } from './forward-retry.ts'
import type { ForwardTarget } from './forward-target.ts'
import type { SentMessage } from './known-events.ts'

export interface Forwarded {
  event: EventItem
  /** `refused`: the app answered, or took too long. `skipped`: it did not get it. */
  verdict: 'delivered' | 'refused' | 'skipped'
  status: number | null
  /** Of the last attempt, milliseconds; null: there was none. */
  tookMs: number | null
  attempts: number
  /** What is to be said of it; null: nothing. */
  reason: string | null
  /** The first KB of what a failing app answered. */
  excerpt: string
  /** Hashes stood for what the config keeps out of the ledger. */
  isRedacted: boolean
}

export interface ForwardDeps {
  target: ForwardTarget
  fetch: Fetch
  /** Of an event whose message did not come along. Rejects when the API does not give it. */
  readMessage: (id: string) => Promise<SentMessage>
  /** The app does not answer, or asks to wait: it is tried again. */
  onRetry: (outcome: DeliveryOutcome, waitMs: number) => void
  signal: AbortSignal
  /** Milliseconds since the epoch. */
  now: () => number
}

export async function forwardEvent(
  event: EventItem,
  sent: SentMessage | null,
  deps: ForwardDeps,
): Promise<Forwarded> {
  const nothing = { event, status: null, tookMs: null, attempts: 0, excerpt: '', isRedacted: false }
  const skip = (reason: string): Forwarded => ({ ...nothing, verdict: 'skipped', reason })
  try {
    const isThere = sent !== null && sent.state !== 'elsewhere'
    const stored = isThere ? sent : await deps.readMessage(event.id)
    if (!('message' in stored)) return skip(NOT_THERE[stored.state])
    const message = parseMessage({ v: MESSAGE_VERSION, ...stored.message })
    if (!message.ok || !('event' in message.value)) return skip(NOT_THERE.unreadable)
    return {
      ...(await sendPatiently(event, message.value, deps)),
      isRedacted: stored.state === 'redacted',
    }
  } catch (error) {
    return skip(toReason(error))
  }
}

const NOT_THERE = {
  unreadable: 'nobody can read it',
  gone: 'it was too large for the ledger, and is gone',
  elsewhere: 'it did not come along',
} as const

async function sendPatiently(
  event: EventItem,
  message: EventMessage,
  deps: ForwardDeps,
): Promise<Forwarded> {
  const { target, fetch, onRetry, signal, now } = deps
  for (let attempts = 1; ; attempts += 1) {
    // A fresh timestamp and signature for each.
    const request = toDeliveryRequest(message, target.receiver, { ...target.context, now: now() })
    const startedAt = performance.now()
    const outcome: DeliveryOutcome = request.ok
      ? await sendRequest(request.value, { fetch, timeoutMs: target.timeoutMs })
      : { type: 'unsent', reason: request.error.reason }
    const tookMs = outcome.type === 'unsent' ? null : performance.now() - startedAt
    const verdict = decideForward(outcome, attempts, now())
    if (typeof verdict === 'string' || signal.aborted) {
      const answer = outcome.type === 'answered' ? outcome : null
      const end = typeof verdict === 'string' ? verdict : 'skipped'
      const isGood = end === 'delivered'
      return {
        event,
        verdict: end,
        status: answer?.status ?? null,
        tookMs,
        attempts,
        reason: isGood ? null : describeOutcome(outcome, target.timeoutMs),
        excerpt: isGood ? '' : (answer?.excerpt ?? ''),
        isRedacted: false,
      }
    }
    onRetry(outcome, verdict.retryMs)
    await sleep(verdict.retryMs, undefined, { signal }).catch(() => undefined)
  }
}
