/** What a Worker was handed by its queues, and what of it is still open. */

/** Message ids: whether each was acknowledged when it was handed out last. */
const messages = new Map<string, boolean>()

export function countMessages(): { handed: number; open: number } {
  const open = [...messages.values()].filter((isDone) => !isDone).length
  return { handed: messages.size, open }
}

/**
 * The same batch, noting what becomes of it.
 *
 * @param maxDelaySeconds a queue may hand out earlier than it was asked to; Infinity: it does not
 */
export function toWatchedBatch(batch: MessageBatch, maxDelaySeconds: number): MessageBatch {
  const watched = batch.messages.map((message) => {
    messages.set(message.id, false)
    return {
      ...{ id: message.id, body: message.body, attempts: message.attempts },
      timestamp: message.timestamp,
      ack() {
        messages.set(message.id, true)
        message.ack()
      },
      retry({ delaySeconds = 0 }: QueueRetryOptions = {}) {
        messages.set(message.id, false)
        message.retry({ delaySeconds: Math.min(delaySeconds, maxDelaySeconds) })
      },
    }
  })
  return {
    ...{ queue: batch.queue, metadata: batch.metadata, messages: watched },
    ackAll() {
      for (const message of watched) message.ack()
    },
    retryAll(options) {
      for (const message of watched) message.retry(options)
    },
  }
}
