/**
 * Plays a plan at its own rate: what is slow does not slow down what comes behind it, as with Twilio,
 * unless more requests are under way than are allowed.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { playConversation, type PlayOptions } from './conversation.ts'
import type { Conversation } from './plan.ts'
import type { Sent } from './summary.ts'
import { createTransport } from './transport.ts'

export interface RunOptions extends Omit<
  PlayOptions,
  'transport' | 'elapsedMs' | 'waitUntil' | 'enter' | 'record'
> {
  /** Ends it early. What is under way is waited for, nothing new is sent. */
  signal: AbortSignal
  onSent: (count: number, sent: Sent) => void
}

/** Under way at once: five hundred a second at a gateway that takes half a second. */
export const MAX_UNDER_WAY = 256

export async function runConversations(
  conversations: readonly Conversation[],
  { signal, onSent, ...options }: RunOptions,
): Promise<{ sent: Sent[]; tookMs: number }> {
  const started = performance.now()
  const sent: Sent[] = []
  const transport = createTransport()
  const elapsedMs = () => performance.now() - started
  const waitUntil = (atMs: number) => {
    const leftMs = Math.max(0, atMs - elapsedMs())
    return sleep(leftMs, undefined, { signal })
  }
  const pass = createTurnstile(MAX_UNDER_WAY)
  const enter = async () => {
    const leave = await pass()
    if (signal.aborted) leave()
    signal.throwIfAborted()
    return leave
  }
  const record = (each: Sent) => onSent(sent.push(each), each)
  const play = (conversation: Conversation) =>
    playConversation(conversation, {
      ...options,
      transport: transport.send,
      elapsedMs,
      waitUntil,
      enter,
      record,
    }).catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
  try {
    await startInTime(conversations, waitUntil, play, signal)
  } finally {
    transport.close()
  }
  return { sent, tookMs: elapsedMs() }
}

/** Only those that are due have timers of their own. */
async function startInTime(
  conversations: readonly Conversation[],
  waitUntil: (atMs: number) => Promise<void>,
  play: (conversation: Conversation) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const playing: Promise<void>[] = []
  for (const conversation of conversations) {
    await waitUntil(conversation.requests[0]?.atMs ?? 0).catch(() => {})
    if (signal.aborted) break
    playing.push(play(conversation))
  }
  await Promise.all(playing)
}

function createTurnstile(places: number): () => Promise<() => void> {
  let free = places
  const waiting: (() => void)[] = []
  const leave = () => {
    const next = waiting.shift()
    if (next) next()
    else free += 1
  }
  return async () => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    return leave
  }
}
