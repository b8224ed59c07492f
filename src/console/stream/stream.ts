/**
 * One open stream: looks once a second for what came, and says it, until somebody ends it.
 *
 * Promises: events come in the order of the ledger (of each, when there are several), each once for a
 * connection, and none is passed over by a cursor; who may not look any more is cut off within a minute; a
 * client that is gone is noticed within 30 s; a slow one is waited for. A ledger that fails is said, and
 * asked again, less often.
 */
import type { EventFilter, EventRow, StoredMessage } from '../../ledger/reads/types.ts'
import type { AllLive } from '../../ledger/shards/events.ts'
import type { Cursor } from '../../ledger/shards/places.ts'
import { toFault, type Log } from '../../log.ts'
import type { Answers } from '../api/event-answers.ts'
import { toLiveCursor } from '../api/event-query.ts'
import { createConnection, type Connection, type Socket } from './connection.ts'
import { CLOSE, HEARTBEAT_MS, SILENCE_MS } from './frames.ts'
import { createWatch } from './watch.ts'

/** What it reads. Each call rejects when D1 or KV fails. */
export interface Source {
  live(after: Cursor, limit: number): Promise<AllLive>
  rows(seqs: readonly number[]): Promise<EventRow[]>
  /** In the order of the rows; null: nobody asked for messages. */
  stored: ((rows: readonly EventRow[]) => Promise<StoredMessage[]>) | null
  /** How many calls of D1 and KV there were so far. */
  calls(): number
}

export interface StreamParts {
  socket: Socket
  source: Source
  filter: EventFilter
  after: Cursor
  answers: Answers
  /** Whether whoever opened it may still look. Rejects when D1 fails. */
  mayStill: () => Promise<boolean>
  /** Milliseconds since the epoch. */
  now: () => number
  sleep: (ms: number) => Promise<void>
  log: Log
}

export interface Stream extends Pick<Connection, 'hear' | 'end'> {
  /** Resolves when it has ended, whoever ended it. */
  run(): Promise<void>
}

const TICK_MS = 1_000
const WATCH_EVERY_MS = 2_000
const CHECK_EVERY_MS = 30_000
/** Less than an hour; and a Worker may make 10,000 calls for one request. */
const MAX_MS = 55 * 60_000
const MAX_CALLS = 8_000
const MAX_BACKOFF_MS = 15_000
/** A page of events; of messages, which may be large, fewer. */
const PAGE = 50
const MESSAGE_PAGE = 10

export function createStream(parts: StreamParts): Stream {
  const { source, answers, now, sleep } = parts
  const state = { after: parts.after }
  const toCursor = () => toLiveCursor(state.after)
  const connection = createConnection(parts.socket, now, toCursor)
  const watch = createWatch(parts.filter)
  const at = { started: now(), watch: now(), check: now() }

  async function sendEvents(rows: readonly EventRow[], toPlace: (row: EventRow) => string) {
    const stored = source.stored && rows.length > 0 ? await source.stored(rows) : []
    const items = answers.toItems(rows)
    for (const [index, row] of rows.entries()) {
      const [event, message] = [items[index], stored[index]]
      if (!event) continue
      const more = message ? { stored: answers.toStored(message) } : {}
      connection.send({ type: 'event', cursor: toPlace(row), event, ...more })
    }
  }

  /** True: there is more right now. */
  async function poll(): Promise<boolean> {
    const page = await source.live(state.after, source.stored ? MESSAGE_PAGE : PAGE)
    const wanted = page.rows.filter((row) => watch.add(row, now()))
    await sendEvents(wanted, (row) => toLiveCursor(page.cursorOf(row)))
    state.after = page.after
    return page.more
  }

  async function lookAgain(): Promise<void> {
    at.watch = now()
    const seqs = watch.next(now())
    if (seqs.length === 0) return
    const changed = watch.update(await source.rows(seqs))
    const late = changed.filter(({ as }) => as === 'event').map(({ row }) => row)
    // Not back to where they came: others were said since.
    await sendEvents(late, toCursor)
    const told = changed.filter(({ as }) => as === 'outcome').map(({ row }) => row)
    for (const { id, outcome, deliveries } of answers.toItems(told)) {
      connection.send({ type: 'outcome', id, outcome, deliveries })
    }
  }

  async function read(): Promise<void> {
    if (now() - at.check >= CHECK_EVERY_MS) {
      if (!(await parts.mayStill())) connection.close(CLOSE.unauthorized)
      at.check = now()
    }
    if (now() - at.watch >= WATCH_EVERY_MS) await lookAgain()
    let more = true
    while (more && !connection.isOver() && !connection.isBehind()) {
      more = await poll()
      endWhenDue()
    }
  }

  function endWhenDue(): void {
    const isLong = now() - at.started > MAX_MS
    if (isLong || source.calls() > MAX_CALLS) connection.close(CLOSE.again)
  }

  const readPatiently = createPatience(read, connection, parts)

  return {
    hear: (data) => connection.hear(data),
    end: () => connection.end(),
    async run() {
      const [heartbeatMs, silenceMs] = [HEARTBEAT_MS, SILENCE_MS]
      connection.send({ type: 'hello', cursor: toCursor(), heartbeatMs, silenceMs })
      while (!connection.isOver()) {
        await readPatiently()
        endWhenDue()
        connection.tick()
        if (!connection.isOver()) await sleep(TICK_MS)
      }
    },
  }
}

/** Says when reading fails and when it works again, and waits longer after each failure. */
function createPatience(
  read: () => Promise<void>,
  { send }: Pick<Connection, 'send'>,
  { now, log }: Pick<StreamParts, 'now' | 'log'>,
): () => Promise<void> {
  let failures = 0
  let nextAt = 0
  return async () => {
    if (now() < nextAt) return
    try {
      await read()
      if (failures > 0) send({ type: 'recovered' })
      failures = 0
    } catch (error) {
      if (failures === 0) send({ type: 'trouble', code: 'ledger_unavailable' })
      log({ event: 'console.failed', code: 'ledger_unavailable', ...toFault(error) })
      failures += 1
      nextAt = now() + Math.min(MAX_BACKOFF_MS, TICK_MS * 2 ** failures)
    }
  }
}
