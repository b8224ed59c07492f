/**
 * Sends prepared requests over a few kept connections, one at a time on each, and checks every answer.
 *
 * Bytes on a socket, not `node:http`: a client that is slower than the Worker would let it sleep
 * between requests, and waking up would be counted as its work.
 */
import { connect, type Socket } from 'node:net'

export interface Answer {
  status: number
  body: string
}

export interface LoadOptions {
  port: number
  /** Whole requests as they go over the wire, each sent once. */
  requests: readonly Buffer[]
  connections: number
  /** Throws for a wrong answer; `index` is the request's. */
  check: (answer: Answer, index: number) => void
}

/** A request that takes longer ends the run. */
const ANSWER_TIMEOUT_MS = 10_000

/** How long each request took, milliseconds, in the order of the requests. */
export async function sendAll(options: LoadOptions): Promise<number[]> {
  const { port, requests, check } = options
  const durationsMs: number[] = []
  let next = 0
  async function work(): Promise<void> {
    const connection = await openConnection(port)
    try {
      for (let index = next++; index < requests.length; index = next++) {
        const bytes = requests[index]
        if (!bytes) break
        const startedAt = performance.now()
        const answer = await connection.send(bytes)
        durationsMs[index] = performance.now() - startedAt
        check(answer, index)
      }
    } finally {
      connection.close()
    }
  }
  await Promise.all(Array.from({ length: options.connections }, work))
  return durationsMs
}

export interface Connection {
  /** Rejects when the connection ends before the answer is whole, or when that takes too long. */
  send(request: Buffer): Promise<Answer>
  isOpen(): boolean
  close(): void
}

export async function openConnection(
  port: number,
  timeoutMs = ANSWER_TIMEOUT_MS,
): Promise<Connection> {
  const socket = await openSocket(port)
  let received = Buffer.alloc(0)
  let waiting: PromiseWithResolvers<Answer> | null = null
  const fail = (error: Error) => waiting?.reject(error)
  socket.on('error', fail)
  socket.on('close', () => fail(new Error('the connection was closed')))
  socket.setTimeout(timeoutMs, () => socket.destroy(new Error('no answer in time')))
  socket.on('data', (chunk) => {
    received = received.byteLength === 0 ? chunk : Buffer.concat([received, chunk])
    const answer = parseAnswer(received)
    if (!answer) return
    received = Buffer.alloc(0)
    waiting?.resolve(answer)
  })
  return {
    send(request) {
      waiting = Promise.withResolvers<Answer>()
      // What was closed while it was idle says nothing more.
      if (socket.destroyed) fail(new Error('the connection was closed'))
      else socket.write(request)
      return waiting.promise
    },
    isOpen: () => !socket.destroyed,
    close: () => socket.destroy(),
  }
}

function openSocket(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      resolve(socket)
    })
  })
}

const STATUS = /^HTTP\/1\.1 (\d{3})/
const LENGTH = /\r\ncontent-length: *(\d+)/i

/** A whole answer, or null while some of it is missing. Of known length: others are not used here. */
function parseAnswer(bytes: Buffer): Answer | null {
  const end = bytes.indexOf('\r\n\r\n')
  if (end === -1) return null
  const head = bytes.toString('latin1', 0, end)
  const status = Number(STATUS.exec(head)?.[1] ?? 0)
  const length = Number(LENGTH.exec(head)?.[1] ?? (status === 204 ? 0 : Number.NaN))
  if (Number.isNaN(length)) throw new Error(`an answer ${status} without a length`)
  const start = end + 4
  if (bytes.byteLength < start + length) return null
  return { status, body: bytes.toString('utf8', start, start + length) }
}
