/**
 * The events that were told, so that none is told twice, and what may still become of them. Pure but for
 * its memory, which is bounded: the oldest are forgotten first.
 */
import type { EventItem, Stored } from './event-words.ts'
import type { Outcome } from './filter.ts'

export type Change = Pick<EventItem, 'id' | 'outcome' | 'deliveries'>
export type SentMessage = Stored | { state: 'elsewhere' }

export type News =
  /** `stored` is there when it was asked for and came along. */
  | { type: 'event'; event: EventItem; stored: SentMessage | null }
  /** `event` as it is now; `before` is what it was. */
  | { type: 'outcome'; event: EventItem; before: EventItem['outcome'] }

export interface KnownEvents {
  /** Null: it was told already, just so. */
  meet(event: EventItem, stored: SentMessage | null): News | null
  /** Null: nothing has changed, or nobody was told of it. */
  change(change: Change): News | null
  has(id: string): boolean
  /** Those whose outcome may still change, received at or after. */
  open(since: number): EventItem[]
}

const MAX_KNOWN = 5_000

export function createKnownEvents(): KnownEvents {
  const known = new Map<string, EventItem>()

  function keep(event: EventItem): void {
    known.delete(event.id)
    known.set(event.id, event)
    const oldest = known.keys().next()
    if (known.size > MAX_KNOWN && !oldest.done) known.delete(oldest.value)
  }

  function change({ id, outcome, deliveries }: Change): News | null {
    const before = known.get(id)
    if (!before || isSame(before, { id, outcome, deliveries })) return null
    const event = { ...before, outcome, deliveries }
    keep(event)
    return { type: 'outcome', event, before: before.outcome }
  }

  return {
    change,
    meet(event, stored) {
      if (known.has(event.id)) return change(event)
      keep(event)
      return { type: 'event', event, stored }
    },
    has: (id) => known.has(id),
    open: (since) =>
      [...known.values()].filter(
        ({ outcome, receivedAt }) => isOpen(outcome) && Date.parse(receivedAt) >= since,
      ),
  }
}

const isOpen = (outcome: Outcome): boolean => outcome === 'waiting' || outcome === 'dead'

const isSame = (a: Change, b: Change): boolean =>
  a.outcome === b.outcome && JSON.stringify(a.deliveries) === JSON.stringify(b.deliveries)
