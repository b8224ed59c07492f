/**
 * The server's end of a stream's WebSocket: what is sent, what is heard, and how it ends.
 *
 * A Worker cannot see how much of what it sent has arrived. So the client is asked when much is under way, and
 * nothing more is read for it until it says anything: what it does not take is not kept in memory.
 */
import {
  CLOSE,
  HEARTBEAT_MS,
  isPing,
  MAX_CLIENT_CHARS,
  SILENCE_MS,
  toText,
  type ServerFrame,
} from './frames.ts'

/** The server's end of a WebSocket. */
export interface Socket {
  send(text: string): void
  close(code: number, reason: string): void
}

export interface Connection {
  send(frame: ServerFrame): void
  close(how: (typeof CLOSE)[keyof typeof CLOSE]): void
  /** A frame of the client. */
  hear(data: unknown): void
  /** The connection is gone. */
  end(): void
  isOver(): boolean
  /** More is under way than the client has had a word for. */
  isBehind(): boolean
  /** Once for each tick: the heartbeat, and whether the client is still there. */
  tick(): void
}

/** Sent without a word of the client since: from then on it is asked, and then waited for. */
const ASK_AFTER_CHARS = 250_000
const WAIT_AFTER_CHARS = 1_000_000
/** Frames of the client between two ticks. */
const MAX_HEARD = 100

/** @param toCursor what to go on from, for pings */
export function createConnection(
  socket: Socket,
  now: () => number,
  toCursor: () => string,
): Connection {
  const state = { isOver: false, heardAt: now(), pingAt: now(), unheardChars: 0, heard: 0 }

  function close([code, reason]: (typeof CLOSE)[keyof typeof CLOSE]): void {
    if (state.isOver) return
    state.isOver = true
    try {
      socket.close(code, reason)
    } catch {
      // It is closed already.
    }
  }

  function send(frame: ServerFrame): void {
    if (state.isOver) return
    const text = toText(frame)
    const before = state.unheardChars
    state.unheardChars += text.length
    try {
      socket.send(text)
    } catch {
      state.isOver = true
    }
    if (before < ASK_AFTER_CHARS && state.unheardChars >= ASK_AFTER_CHARS) ping()
  }

  function ping(): void {
    state.pingAt = now()
    send({ type: 'ping', cursor: toCursor() })
  }

  return {
    send,
    close,
    hear(data) {
      state.heardAt = now()
      state.unheardChars = 0
      state.heard += 1
      if (typeof data !== 'string') close(CLOSE.notText)
      else if (data.length > MAX_CLIENT_CHARS) close(CLOSE.tooLarge)
      else if (state.heard > MAX_HEARD) close(CLOSE.tooMany)
      else if (isPing(data)) send({ type: 'pong' })
    },
    end() {
      state.isOver = true
    },
    isOver: () => state.isOver,
    isBehind: () => state.unheardChars >= WAIT_AFTER_CHARS,
    tick() {
      state.heard = 0
      if (now() - state.heardAt > SILENCE_MS) close(CLOSE.silent)
      else if (now() - state.pingAt >= HEARTBEAT_MS) ping()
    },
  }
}
