/** Cuts a list into batches that keep a count and a size; one item over the size goes alone. */
import { Buffer } from 'node:buffer'

export interface BatchLimits {
  count: number
  bytes: number
}

/** sendBatch takes 100 messages and 256 KB, metadata included (Cloudflare Queues limits). */
export const QUEUE_BATCH: BatchLimits = { count: 100, bytes: 250_000 }

export function toBatches<T>(
  items: readonly T[],
  limits: BatchLimits,
  toText: (item: T) => string,
): T[][] {
  const batches: T[][] = []
  let current: T[] = []
  let bytes = 0
  for (const item of items) {
    const size = utf8Bytes(toText(item))
    if (current.length === limits.count || bytes + size > limits.bytes || batches.length === 0) {
      current = []
      bytes = 0
      batches.push(current)
    }
    current.push(item)
    bytes += size
  }
  return batches
}

export function utf8Bytes(text: string): number {
  return Buffer.byteLength(text, 'utf8')
}

/** Whether a text has more bytes than that. A UTF-16 unit has three at most: short ones need no count. */
export function isOverBytes(text: string, bytes: number): boolean {
  return text.length > bytes || (text.length * 3 > bytes && utf8Bytes(text) > bytes)
}
