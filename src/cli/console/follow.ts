/**
 * Follows the stream over any number of connections, until it is told to stop.
 *
 * Promises: no event is passed over and none is told twice, whatever becomes of a connection; who is not
 * let in (any more) ends it with the API's error; every loss is said, and every return. Reconnects at most
 * every half a second to thirty, with chance in it.
 */
import { CommandError, EXIT } from '../terminal/errors.ts'
import type { CatchUp } from './catch-up.ts'
import type { ConnectionEnd, ServerFrame } from './connection.ts'
import type { KnownEvents, News } from './known-events.ts'
import { decideReconnect, STABLE_MS, toEndWords } from './reconnect.ts'

export interface FollowParts {
  /** Where it begins. */
  cursor: string
  known: KnownEvents
  /** One connection. */
  connect: (
    cursor: string,
    onFrame: (frame: ServerFrame) => void,
    signal: AbortSignal,
  ) => Promise<ConnectionEnd>
  /** Throws when we are not wanted, or when there is no answer. */
  ask: () => Promise<unknown>
  /** For a connection that has just opened: what became of events from before. */
  catchUp: () => CatchUp
  onNews: (news: News) => void
  /** A consumer that has enough for now: nothing more is taken until the promise resolves. */
  untilRoom?: () => Promise<void> | null
  say: (text: string) => void
  wait: (ms: number, signal: AbortSignal) => Promise<void>
  /** Milliseconds. */
  clock: () => number
  random: () => number
  signal: AbortSignal
}

/** Resolves when the signal has ended it. */
export async function follow(parts: FollowParts): Promise<void> {
  const { signal, say } = parts
  const at: Place = { cursor: parts.cursor, isLost: false, catching: null }
  for (let failures = 0; !signal.aborted;) {
    const openedAt = parts.clock()
    const { end, room } = await runOne(parts, at)
    if (signal.aborted) break
    if (room) {
      await Promise.race([room, untilAborted(signal)])
      continue
    }
    failures = parts.clock() - openedAt >= STABLE_MS ? 1 : failures + 1
    const next = decideReconnect(end, failures, parts.random())
    if (!next.isPlanned && !at.isLost) {
      at.isLost = true
      say(`Connection lost, reconnecting: ${toEndWords(end)}.`)
    }
    if (next.isAsking) await askWhy(parts, failures, next.waitMs)
    await parts.wait(next.waitMs, signal)
  }
  await at.catching
}

interface Place {
  cursor: string
  isLost: boolean
  /** The catching up that is under way. */
  catching: Promise<void> | null
}

interface Ran {
  end: ConnectionEnd
  /** It was ended because there was no room; resolves when there is. */
  room: Promise<void> | null
}

async function runOne(parts: FollowParts, at: Place): Promise<Ran> {
  const { known, onNews, untilRoom, say, signal } = parts
  const over = new AbortController()
  const ending = AbortSignal.any([signal, over.signal])
  let room: Promise<void> | null = null
  const tell = (news: News | null) => {
    if (news) onNews(news)
  }
  const onFrame = (frame: ServerFrame) => {
    if (frame.type === 'hello') at.catching = catchUpBeside(parts, at, ending)
    if (frame.type === 'event') tell(known.meet(frame.event, frame.stored ?? null))
    if (frame.type === 'outcome') tell(known.change(frame))
    if (frame.type === 'trouble') say('The ledger does not answer the console; it asks again.')
    if (frame.type === 'recovered') say('The ledger answers the console again.')
    if ('cursor' in frame) at.cursor = frame.cursor
    room = untilRoom?.() ?? null
    // Whoever sends goes on from the cursor: nothing is lost by hanging up.
    if (room) over.abort()
  }
  const end = await parts.connect(at.cursor, onFrame, ending)
  over.abort()
  return { end, room }
}

const LOOK_EVERY_MS = 5_000

/** Also after a connection that ended as planned there is something to catch up with. */
async function catchUpBeside(parts: FollowParts, at: Place, ending: AbortSignal): Promise<void> {
  const { onNews, say, wait } = parts
  const wasLost = at.isLost
  at.isLost = false
  const catchUp = parts.catchUp()
  const look = async () => {
    for (const news of await catchUp.look()) onNews(news)
  }
  try {
    await look()
    if (wasLost) say('Connected again; nothing was missed.')
  } catch {
    const lack = 'What became of earlier events meanwhile is not known yet.'
    say(`${wasLost ? 'Connected again; no event was missed. ' : ''}${lack}`)
  }
  while (!catchUp.isOver()) {
    await wait(LOOK_EVERY_MS, ending)
    if (ending.aborted) return
    // What cannot be found out now can be the next time.
    await look().catch(() => undefined)
  }
}

/** From here on a console that is away for a while is told about each time. */
const TELL_FROM = 4

async function askWhy(
  { ask, say, signal }: FollowParts,
  failures: number,
  waitMs: number,
): Promise<void> {
  const again = `Again in ${Math.ceil(waitMs / 1_000)} s.`
  try {
    await ask()
    if (failures >= TELL_FROM) {
      say(
        `The console answers, and its stream does not open: does a proxy refuse WebSockets? ${again}`,
      )
    }
  } catch (error) {
    if (signal.aborted) return
    if (!(error instanceof CommandError)) throw error
    // Nobody listens there: that may pass, as when it is restarted.
    const isPassing = error.exitCode !== EXIT.usage || error.code === 'console_unreachable'
    if (!isPassing) throw error
    if (failures >= TELL_FROM) say(`Still no connection. ${again}`)
  }
}

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
