/**
 * A service that gets deliveries, on loopback. It keeps every call by event id (`webhook-id`) and
 * answers each path as its script says; scripts.ts has the scripts.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Call {
  /** `webhook-id`. */
  eventId: string
  path: string
  /** 1 for the first call of this event on this path. */
  number: number
  /** When its body was there, milliseconds since the epoch. */
  at: number
  headers: IncomingMessage['headers']
  body: string
  /** The status that was sent, if only its head; null while there is none, or when it is no HTTP. */
  answered: number | null
  /** When it was sent. */
  answeredAt: number | null
}

/** Answers a call, or does something else to its connection. */
export type Script = (call: Call, response: ServerResponse) => void

export interface Target {
  /** `http://127.0.0.1:<port>` */
  url: string
  script: (path: string, script: Script) => void
  /** Every call, in the order in which they came; of one event, of one path. */
  calls: (eventId?: string, path?: string) => Call[]
  /** How often an event was answered with 2xx on a path. */
  taken: (eventId: string, path: string) => number
  /** How many deliveries were answered with 2xx, and which of them more than once. */
  takenCount: () => number
  takenTwice: () => string[]
  /** Waits until something is so; looks again after each call and each answer. */
  until: (isSo: () => boolean, timeoutMs?: number) => Promise<void>
  stop: () => Promise<void>
}

const isTaken = ({ answered }: Call) => answered !== null && answered >= 200 && answered < 300
const toKey = (eventId: string, path: string) => `${eventId} ${path}`

export async function startTarget(): Promise<Target> {
  const scripts = new Map<string, Script>()
  const calls: Call[] = []
  const byDelivery = new Map<string, Call[]>()
  const taken = new Set<string>()
  const watchers = new Set<() => void>()
  const changed = () => {
    for (const watch of watchers) watch()
  }

  const server = createServer((request, response) => {
    const path = request.url ?? ''
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (body += chunk))
    request.on('error', () => {})
    response.on('error', () => {})
    request.on('end', () => {
      const eventId = String(request.headers['webhook-id'])
      const before = byDelivery.get(toKey(eventId, path)) ?? []
      const { headers } = request
      const number = before.length + 1
      const call: Call = {
        ...{ eventId, path, number, headers, body },
        ...{ at: Date.now(), answered: null, answeredAt: null },
      }
      byDelivery.set(toKey(eventId, path), [...before, call])
      calls.push(call)
      noteAnswer(response, (status) => {
        call.answered = status
        call.answeredAt = Date.now()
        if (isTaken(call)) taken.add(toKey(eventId, path))
        changed()
      })
      const script = scripts.get(path)
      if (script) script(call, response)
      else response.writeHead(404).end()
      changed()
    })
  })
  // A target that hangs does so for longer than a server would let it.
  server.requestTimeout = 0
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo

  const of = (eventId: string, path: string) => byDelivery.get(toKey(eventId, path)) ?? []
  return {
    url: `http://127.0.0.1:${port}`,
    script: (path, script) => scripts.set(path, script),
    calls(eventId, path) {
      if (eventId !== undefined && path !== undefined) return of(eventId, path)
      return calls.filter(
        (call) => call.eventId === (eventId ?? call.eventId) && call.path === (path ?? call.path),
      )
    },
    taken: (eventId, path) => of(eventId, path).filter(isTaken).length,
    takenCount: () => taken.size,
    takenTwice: () =>
      [...byDelivery].filter(([, some]) => some.filter(isTaken).length > 1).map(([key]) => key),
    until(isSo, timeoutMs = 30_000) {
      return new Promise((resolve, reject) => {
        const end = (settle: () => void) => {
          clearTimeout(timer)
          watchers.delete(look)
          settle()
        }
        const look = () => {
          if (isSo()) end(resolve)
        }
        const late = new Error(`not so after ${timeoutMs} ms; calls: ${toSummary(calls)}`)
        const timer = setTimeout(() => end(() => reject(late)), timeoutMs)
        watchers.add(look)
        look()
      })
    },
    stop() {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

/** A status counts from its head on: that is what a caller goes by. Not when the caller has gone. */
function noteAnswer(response: ServerResponse, note: (status: number) => void): void {
  const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => ServerResponse
  response.writeHead = (...args: unknown[]) => {
    const written = writeHead(...args)
    if (response.socket?.destroyed === false) note(response.statusCode)
    return written
  }
}

function toSummary(calls: readonly Call[]): string {
  return calls
    .slice(-20)
    .map(({ eventId, path, number, answered }) => `${eventId} ${path} #${number} ${answered}`)
    .join(', ')
}
