/**
 * One request as bytes on a connection of its own, and whatever comes back: an answer, the end of the
 * connection, or nothing within ten seconds. No HTTP client would send what is sent here.
 */
import { connect } from 'node:net'

export interface Exchange {
  /** An HTTP status; `closed`: the connection ended without one; `hang`: nothing came in time. */
  answer: number | 'closed' | 'hang'
  head: string
  body: Buffer
  ms: number
}

export interface RawRequest {
  bytes: Buffer
  /** Nothing follows: the sender closes its side, though it may have promised more. */
  endsEarly?: boolean
  /** The answer has no body, whatever its head says. */
  isHead?: boolean
}

const TIMEOUT_MS = 10_000

export function exchange(port: number, request: RawRequest): Promise<Exchange> {
  return new Promise((resolve) => {
    const startedAt = performance.now()
    const chunks: Buffer[] = []
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    const timer = setTimeout(() => finish('hang'), TIMEOUT_MS)
    function finish(otherwise: 'closed' | 'hang'): void {
      clearTimeout(timer)
      // A hundred thousand connections that linger would use up all ports.
      socket.resetAndDestroy()
      const received = Buffer.concat(chunks)
      const end = received.indexOf('\r\n\r\n')
      const head = end === -1 ? '' : received.toString('latin1', 0, end)
      const status = Number(STATUS.exec(head)?.[1] ?? Number.NaN)
      const answer = Number.isNaN(status) || otherwise === 'hang' ? otherwise : status
      const body = received.subarray(end === -1 ? 0 : end + 4)
      resolve({ answer, head, body, ms: performance.now() - startedAt })
    }
    socket.on('error', () => finish('closed'))
    socket.on('close', () => finish('closed'))
    socket.on('data', (chunk) => {
      chunks.push(chunk)
      if (isWhole(Buffer.concat(chunks), request)) finish('closed')
    })
    if (request.endsEarly) socket.end(request.bytes)
    else socket.write(request.bytes)
  })
}

const STATUS = /^HTTP\/1\.1 (\d{3})/
const LENGTH = /\r\ncontent-length: *(\d+)/i
const CHUNKED = /\r\ntransfer-encoding: *chunked/i

function isWhole(received: Buffer, { isHead }: RawRequest): boolean {
  const end = received.indexOf('\r\n\r\n')
  if (end === -1) return false
  const head = received.toString('latin1', 0, end)
  if (isHead || / (?:101|204|304) /.test(head.slice(0, 14))) return true
  if (CHUNKED.test(head)) return received.subarray(end).includes('\r\n0\r\n\r\n')
  const length = LENGTH.exec(head)?.[1]
  return length !== undefined && received.byteLength >= end + 4 + Number(length)
}

/** Sends all of them, so many at a time. */
export async function exchangeAll<R extends RawRequest>(
  port: number,
  requests: readonly R[],
  onAnswer: (request: R, exchange: Exchange) => void,
  connections = 16,
): Promise<void> {
  let next = 0
  async function work(): Promise<void> {
    for (let request = requests[next++]; request; request = requests[next++]) {
      onAnswer(request, await exchange(port, request))
    }
  }
  await Promise.all(Array.from({ length: connections }, work))
}
