/**
 * How long a message waits.
 *
 * For something of our own (the config, KV, D1): 10 s, doubling, at most an hour. An outage of a
 * minute costs a minute, and the 100 retries that Cloudflare Queues allow (`max_retries`) reach over
 * almost four days before a message is moved to the dead-letter queue. No attempt is spent by it.
 */
const FIRST_MS = 10_000
const MOST_MS = 3_600_000
const FIRST_PAUSED_MS = 30_000
const MOST_PAUSED_MS = 600_000

/** @param handouts how often the queue has handed the message out, 1 for the first time */
export function toPostponementMs(handouts: number): number {
  return Math.min(FIRST_MS * 2 ** (handouts - 1), MOST_MS)
}

/** How long until a message looks again whether its target is still paused. */
export function toPausedMs(handouts: number): number {
  return Math.min(FIRST_PAUSED_MS * 2 ** (handouts - 1), MOST_PAUSED_MS)
}

/** What `retry` and `send` take; no more than a day, Cloudflare's limit. */
export function toDelaySeconds(delayMs: number): number {
  return Math.min(Math.max(Math.ceil(delayMs / 1000), 0), 86_400)
}

/** Hands a message out again when we may be well. */
export function postpone(message: Message): void {
  message.retry({ delaySeconds: toDelaySeconds(toPostponementMs(message.attempts)) })
}
