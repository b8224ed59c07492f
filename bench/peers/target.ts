/**
 * The service that all contestants post to, in the load generator's process. Each contestant has a path of
 * its own, with what happens there and what was done there: events are told apart by the message's SID,
 * which stands in every form that the contestants send.
 */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Mood =
  /** Does the work and answers 200. */
  | 'well'
  /** Takes the connection and never answers. */
  | 'hangs'
  /** One call in five is answered 500, and nothing was done. */
  | 'fails'
  /** Does the work, and one connection in twenty ends before the answer. */
  | 'loses'

export interface Visitor {
  url: string
  mood: Mood
  /** How long it takes for an answer. */
  answerMs: number
  calls: number
  /** How often the work was done, by the message's SID. */
  done: Map<string, number>
  /** When the last work was done, as performance.now() has it. */
  lastAt: number
}

export interface PeerTarget {
  visitor: (name: string) => Visitor
  stop: () => Promise<void>
}

const SID = /SM[0-9a-f]{32}/
const FAILING = 0.2
const LOSING = 0.05

export async function startPeerTarget(): Promise<PeerTarget> {
  const visitors = new Map<string, Visitor>()
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('error', () => {})
    response.on('error', () => {})
    request.on('end', () => {
      const visitor = visitors.get(request.url ?? '')
      const sid = SID.exec(Buffer.concat(chunks).toString('latin1'))?.[0]
      if (!visitor || sid === undefined) response.writeHead(404).end()
      else take(visitor, sid, response)
    })
  })
  server.requestTimeout = 0
  server.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  return {
    visitor(name) {
      const path = `/${name}`
      const visitor: Visitor = {
        url: `http://127.0.0.1:${port}${path}`,
        ...{ mood: 'well', answerMs: 0, calls: 0, lastAt: 0 },
        done: new Map(),
      }
      visitors.set(path, visitor)
      return visitor
    },
    stop() {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

function take(visitor: Visitor, sid: string, response: ServerResponse): void {
  visitor.calls += 1
  const dice = toDice(sid, visitor.calls)
  if (visitor.mood === 'hangs') return
  const isFailing = visitor.mood === 'fails' && dice < FAILING
  const isLosing = visitor.mood === 'loses' && dice < LOSING
  const settle = () => {
    if (isFailing) return void response.writeHead(500, TEXT).end('busy')
    visitor.done.set(sid, (visitor.done.get(sid) ?? 0) + 1)
    visitor.lastAt = performance.now()
    if (isLosing) response.socket?.destroy()
    else response.writeHead(200, TEXT).end('ok')
  }
  if (visitor.answerMs === 0) settle()
  else setTimeout(settle, visitor.answerMs)
}

const TEXT = { 'content-type': 'text/plain' }

/** From 0 to below 1: SIDs are random already, and each call of an event is to have its own luck. */
function toDice(sid: string, call: number): number {
  const seed = Number.parseInt(sid.slice(-8), 16)
  return (Math.imul(seed ^ Math.imul(call, 0x9e3779b1), 0x85ebca6b) >>> 0) / 2 ** 32
}
