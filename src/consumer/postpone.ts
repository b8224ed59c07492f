/**
 * How long a message waits for something of our own: the config, KV, D1, a queue.
 *
 * 10 s, doubling, at most an hour: an outage of a minute costs a minute, and the 100 retries that
 * Cloudflare Queues allow (`max_retries`) reach over almost four days before a message is moved to
 * the dead-letter queue.
 *
 * Weak: Cloudflare counts these as attempts of the message, so a delivery that waited for us has
 * fewer left for its target.
 */
const FIRST_MS = 10_000
const MOST_MS = 3_600_000

/** @param attempts how often the queue has handed the message out, 1 for the first time */
export function toPostponementMs(attempts: number): number {
  return Math.min(FIRST_MS * 2 ** (attempts - 1), MOST_MS)
}

/** What `retry` and `send` take; no more than a day, Cloudflare's limit. */
export function toDelaySeconds(delayMs: number): number {
  return Math.min(Math.ceil(delayMs / 1000), 86_400)
}

/** Hands a message out again when we may be well. */
export function postpone(message: Message): void {
  message.retry({ delaySeconds: toDelaySeconds(toPostponementMs(message.attempts)) })
}
