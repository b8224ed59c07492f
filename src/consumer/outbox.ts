/**
 * Drains the outbox: what the gateway could not put into the queue goes there now, each event into its
 * shard's.
 *
 * Promises: an event leaves KV only after the queue, or the dead-letter queue, has stored it. A crash
 * in between, a list or a value that KV still shows after its deletion (a minute or more), or two
 * drains at once only send an event twice, under the same id. Bounded: a run ends after a few
 * pages, and what is left comes in the next minute.
 */
import { QUEUE_BATCH, toBatches } from '../events/batches.ts'
import { OUTBOX_PREFIX } from '../events/message.ts'
import { parseMessage } from '../events/parse-message.ts'
import { toFault, type Log } from '../log.ts'
import type { Alerts } from './alerts.ts'
import type { Outlet } from './bury.ts'

/** KV reads up to 100 keys in one operation. */
const PAGE_KEYS = 100
/** An invocation has 1,000 KV operations: 8 × (list + read + 100 deletions). */
const MAX_PAGES = 8
/** Of a value that cannot be read, what surely fits into a queue message: 3 bytes a character. */
const MAX_UNREADABLE_CHARS = 42_000

/** Three calls of a KV namespace; each rejects when KV fails. */
export interface OutboxStore {
  list(options: {
    prefix: string
    limit: number
    cursor?: string
  }): Promise<{ keys: { name: string }[]; cursor?: string }>
  get(keys: string[]): Promise<Map<string, string | null>>
  delete(key: string): Promise<void>
}

export interface OutboxDeps {
  outbox: OutboxStore
  /** The queue of an event. */
  events: (eventId: string) => Outlet
  dead: Outlet
  alerts: Alerts
  log: Log
}

interface Item {
  key: string
  text: string
}

/** Never rejects: the next minute tries again. Stops early when a queue or KV refuses. */
export async function drainOutbox(deps: OutboxDeps): Promise<void> {
  if (await drainPages(deps)) return
  await deps.alerts.raise({ kind: 'switchboard.outbox.growing', target: null, data: {} })
}

/** False when something is left. */
async function drainPages(deps: OutboxDeps): Promise<boolean> {
  let cursor: string | undefined
  try {
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const options = { prefix: OUTBOX_PREFIX, limit: PAGE_KEYS, ...(cursor && { cursor }) }
      const listed = await deps.outbox.list(options)
      const isSent = await drainKeys(
        listed.keys.map(({ name }) => name),
        deps,
      )
      cursor = listed.cursor
      if (!isSent) return false
      if (!cursor) return true
    }
  } catch (error) {
    deps.log({ event: 'outbox.failed', ...toFault(error) })
  }
  return false
}

/** False when a queue refused something. */
async function drainKeys(keys: string[], deps: OutboxDeps): Promise<boolean> {
  if (keys.length === 0) return true
  const values = await deps.outbox.get(keys)
  const items = [...values].flatMap(([key, text]) => (text === null ? [] : [{ key, text }]))
  const { readable = [], unreadable = [] } = Object.groupBy(items, ({ text }) =>
    parseMessage(text).ok ? 'readable' : 'unreadable',
  )
  const cut = unreadable.map(({ key, text }) => ({
    key,
    text: text.slice(0, MAX_UNREADABLE_CHARS),
  }))
  const byQueue = Map.groupBy(readable, ({ key }) => deps.events(key.slice(OUTBOX_PREFIX.length)))
  let areSent = true
  for (const [queue, own] of byQueue) {
    areSent = (await move(own, { queue, name: 'events' }, deps)) && areSent
  }
  return (await move(cut, { queue: deps.dead, name: 'dead' }, deps)) && areSent
}

async function move(
  items: readonly Item[],
  { queue: outlet, name: queue }: { queue: Outlet; name: 'events' | 'dead' },
  deps: OutboxDeps,
): Promise<boolean> {
  let moved = 0
  let isWhole = true
  for (const batch of toBatches(items, QUEUE_BATCH, ({ text }) => text)) {
    try {
      await outlet.sendBatch(batch.map(({ text }) => ({ body: text, contentType: 'text' })))
      await Promise.all(batch.map(({ key }) => deps.outbox.delete(key)))
      moved += batch.length
    } catch (error) {
      // One batch that is refused, too large perhaps, must not keep the others from leaving.
      isWhole = false
      deps.log({ event: 'outbox.refused', queue, count: batch.length, ...toFault(error) })
    }
  }
  if (moved > 0) deps.log({ event: 'outbox.drained', queue, count: moved })
  return isWhole
}
