/**
 * One connection to the console's stream (src/console/stream/frames.ts), from its opening to its end.
 *
 * Promises: one that says nothing for as long as its `hello` allows is given up, also when nobody closed it;
 * each ping is answered; after the end no frame is handed out any more. Never rejects.
 */
import { z } from 'zod'
import type { ServerFrame } from '../../console/stream/frames.ts'

export type { ServerFrame }

export type ConnectionEnd =
  /** By the other side, or by what is in between (1006). */
  | { type: 'closed'; code: number }
  /** Nothing was heard: the other side is gone without a word. */
  | { type: 'silent'; silenceMs: number }
  /** It never opened. */
  | { type: 'failed' }
  /** By us. */
  | { type: 'stopped' }

/** Calls back after so many milliseconds; gives what takes that back. */
export type After = (ms: number, callback: () => void) => () => void

export interface ConnectionOptions {
  /** `ws:` or `wss:`. */
  url: string
  headers: Readonly<Record<string, string>>
  onFrame: (frame: ServerFrame) => void
  /** Ends it. */
  signal: AbortSignal
  after?: After
}

/** Until `hello` is there, which says how long a silence may be. */
const OPEN_MS = 20_000

export const callAfter: After = (ms, callback) => {
  const timer = setTimeout(callback, ms)
  return () => clearTimeout(timer)
}

export function runConnection(options: ConnectionOptions): Promise<ConnectionEnd> {
  const { url, headers, onFrame, signal, after = callAfter } = options
  return new Promise((resolve) => {
    if (signal.aborted) return resolve({ type: 'stopped' })
    // Node's takes headers, which browsers' do not: https://undici.nodejs.org/#/docs/api/WebSocket
    const socket: WebSocket = Reflect.construct(WebSocket, [url, { headers }])
    let isOpen = false
    let isOver = false
    let silenceMs = OPEN_MS
    let cancelTimer: (() => void) | null = null

    function end(how: ConnectionEnd): void {
      if (isOver) return
      isOver = true
      cancelTimer?.()
      signal.removeEventListener('abort', stop)
      socket.close()
      resolve(how)
    }
    const stop = () => end({ type: 'stopped' })
    const listen = () => {
      cancelTimer?.()
      cancelTimer = after(silenceMs, () =>
        end(isOpen ? { type: 'silent', silenceMs } : { type: 'failed' }),
      )
    }

    signal.addEventListener('abort', stop)
    listen()
    socket.addEventListener('open', () => (isOpen = true))
    // What went wrong is not told; the `close` behind it is the end.
    socket.addEventListener('error', () =>
      end(isOpen ? { type: 'closed', code: 1006 } : { type: 'failed' }),
    )
    socket.addEventListener('close', ({ code }) =>
      end(isOpen ? { type: 'closed', code } : { type: 'failed' }),
    )
    socket.addEventListener('message', ({ data }) => {
      if (isOver) return
      const frame = parseFrame(data)
      if (frame?.type === 'hello') ({ silenceMs } = frame)
      listen()
      if (frame?.type === 'ping') socket.send('{"type":"pong"}')
      if (frame) onFrame(frame)
    })
  })
}

const ITEM = z.looseObject({
  id: z.string(),
  receivedAt: z.string(),
  outcome: z.string(),
  deliveries: z.array(z.looseObject({ target: z.string(), status: z.string() })),
})
const FRAME = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('hello'),
    cursor: z.string(),
    heartbeatMs: z.number(),
    silenceMs: z.number().min(100).max(600_000),
  }),
  z.looseObject({ type: z.literal('event'), cursor: z.string(), event: ITEM }),
  z.looseObject({ type: z.literal('outcome'), ...ITEM.omit({ receivedAt: true }).shape }),
  z.looseObject({ type: z.literal('ping'), cursor: z.string() }),
  z.looseObject({ type: z.enum(['pong', 'recovered']) }),
  z.looseObject({ type: z.literal('trouble'), code: z.string() }),
])

/** Null: one of a kind that this version does not know; it counts as a sign of life. */
export function parseFrame(data: unknown): ServerFrame | null {
  if (typeof data !== 'string') return null
  try {
    const parsed = FRAME.safeParse(JSON.parse(data))
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its form was looked at; the rest as the API types it
    return parsed.success ? (parsed.data as unknown as ServerFrame) : null
  } catch {
    return null
  }
}
