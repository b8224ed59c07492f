/**
 * Deletes what is older than the ledger keeps: events with their deliveries and replies.
 *
 * Promises: an event that is not finished stays, however old, and does not keep what is behind it; an
 * event goes whole or not at all (each step is one transaction), so that a Worker that dies in the
 * middle, or two crons at once, do no harm; a call costs no more than it was allowed to, and ends when
 * it is told to.
 *
 * It goes through the events once from the oldest to the youngest that is old enough, over as many
 * calls as it takes, then begins again: an event that stayed is looked at again in the next round.
 */
import { moveCursor, pullBackCursors, readPage } from './cursors.ts'
import { bounded } from './d1.ts'
import { isUnrecorded } from './settled.ts'

export interface PruneRequest {
  /** What was recorded before that goes, milliseconds since the epoch. */
  olderThan: number
  /** So many are looked at, also of those that stay. */
  maxEvents: number
  /** Asked after each step; absent: all of them. */
  mayGoOn?: () => boolean
}

export interface Pruned {
  deleted: number
  /** There is more to do in this round. */
  more: boolean
}

export interface Pruner {
  /** Rejects when D1 fails; what was deleted until then is deleted. */
  prune(request: PruneRequest): Promise<Pruned>
}

/** In one transaction. An event has 2 MB at most, and few have more than a KB or two. */
const STEP_EVENTS = 500
/** In the first one, which shows how quick the ledger is. */
const FIRST_STEP_EVENTS = 100

// Finished: something is recorded of each target that it is owed to, and nothing waits.
const IS_DONE_WITH = `
  seq > ?1 AND seq <= ?2 AND recorded_at < ?3
    AND NOT EXISTS (
      SELECT 1 FROM json_each(events.targets) AS owed
      WHERE ${isUnrecorded('events', 'owed.value')}
    )
    AND NOT EXISTS (
      SELECT 1 FROM deliveries
      WHERE deliveries.seq = events.seq AND deliveries.status = 'waiting'
    )`

const DELETE_EVENTS = `DELETE FROM events WHERE ${IS_DONE_WITH}`

// Of the event itself, not of a replay of it. Before the events go: only they say which. Few have one,
// so that the dearer question is asked last.
const DELETE_REPLIES = `
  DELETE FROM replies WHERE event_id IN (
    SELECT event_id FROM (
      SELECT seq, event_id, recorded_at, targets, settled FROM events
      WHERE seq > ?1 AND seq <= ?2 AND claim = event_id
        AND EXISTS (SELECT 1 FROM replies WHERE replies.event_id = events.claim)
      LIMIT -1
    ) AS events
    WHERE ${IS_DONE_WITH}
  )`

/** What belongs to no event any more. */
const DELETE_ORPHANS = `
  DELETE FROM deliveries
  WHERE seq > ?1 AND seq <= ?2 AND seq NOT IN (
    SELECT seq FROM events WHERE seq > ?1 AND seq <= ?2
  )`

export function createPruner(db: D1Database): Pruner {
  return {
    async prune({ olderThan, maxEvents, mayGoOn = () => true }) {
      let deleted = 0
      let seen = 0
      while (seen < maxEvents) {
        const atOnce = seen === 0 ? FIRST_STEP_EVENTS : STEP_EVENTS
        const step = await pruneStep(db, olderThan, Math.min(maxEvents - seen, atOnce))
        deleted += step.deleted
        seen += step.seen
        if (step.isEnd || step.seen === 0) return { deleted, more: false }
        if (!mayGoOn()) break
      }
      return { deleted, more: true }
    },
  }
}

async function pruneStep(db: D1Database, olderThan: number, maxEvents: number) {
  const page = await bounded(readPage(db, 'prune', olderThan, maxEvents))
  const { from, until, seen, isEnd } = page
  const [, events] = await bounded(
    db.batch([
      db.prepare(DELETE_REPLIES).bind(from, until, olderThan),
      db.prepare(DELETE_EVENTS).bind(from, until, olderThan),
      db.prepare(DELETE_ORPHANS).bind(from, until),
      moveCursor(db, 'prune', page, isEnd ? 0 : until),
      pullBackCursors(db),
    ]),
  )
  return { deleted: events?.meta.changes ?? 0, seen, isEnd }
}
