/**
 * A listener that went away without a word: what is between the two passes no bytes any more, and closes
 * nothing. Both ends are the real ones, the command's and the console's, with a real WebSocket between them
 * and clocks that run fifteen times as fast.
 */
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import {
  connect,
  createServer as createTcpServer,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net'
import type { Duplex } from 'node:stream'
import { afterEach, expect, it } from 'vitest'
import { runConnection, type After } from '../../../src/cli/console/connection.ts'
import { createAnswers } from '../../../src/console/api/event-answers.ts'
import { CLOSE, SILENCE_MS, type ServerFrame } from '../../../src/console/stream/frames.ts'
import { createStream, type Stream } from '../../../src/console/stream/stream.ts'

const SPEED = 15
const now = () => performance.now() * SPEED
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms / SPEED))
const after: After = (ms, callback) => {
  const timer = setTimeout(callback, ms / SPEED)
  return () => clearTimeout(timer)
}

const ends: (() => void)[] = []
afterEach(() => ends.splice(0).forEach((end) => end()))

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  return (server.address() as AddressInfo).port
}

/** A text frame of a server: RFC 6455 §5.2. */
function toFrame(text: string): Buffer {
  const body = Buffer.from(text)
  const head = body.length < 126 ? [body.length] : [126, body.length >> 8, body.length & 255]
  return Buffer.concat([Buffer.from([0x81, ...head]), body])
}

/** The short masked frames that a client sends, one or more to a chunk; null: one that closes. */
function parseFrames(chunk: Buffer): (string | null)[] {
  const texts: (string | null)[] = []
  for (let at = 0; at + 6 <= chunk.length;) {
    const length = (chunk[at + 1] ?? 0) & 0x7f
    const mask = chunk.subarray(at + 2, at + 6)
    const body = chunk.subarray(at + 6, at + 6 + length).map((byte, i) => byte ^ (mask[i % 4] ?? 0))
    texts.push((chunk[at] ?? 0) === 0x81 ? Buffer.from(body).toString() : null)
    at += 6 + length
  }
  return texts
}

/** The console's end: its own stream, over an empty ledger. */
async function startConsole() {
  const closed = Promise.withResolvers<{ code: number; at: number }>()
  const heard: string[] = []
  const server = createServer()
  server.on('upgrade', ({ headers }, socket: Duplex) => {
    const key = `${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`
    const accept = createHash('sha1').update(key).digest('base64')
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n' +
        `sec-websocket-accept: ${accept}\r\n\r\n`,
    )
    const stream = open(socket, closed.resolve)
    socket.on('data', (chunk: Buffer) => {
      for (const text of parseFrames(chunk)) {
        if (text === null) stream.end()
        else heard.push(text)
        stream.hear(text ?? '')
      }
    })
    ends.push(() => {
      stream.end()
      socket.destroy()
    })
  })
  ends.push(() => server.close())
  return { port: await listen(server), closed: closed.promise, heard }
}

function open(socket: Duplex, onClose: (end: { code: number; at: number }) => void): Stream {
  const stream = createStream({
    socket: {
      send: (text) => void socket.write(toFrame(text)),
      close: (code) => onClose({ code, at: now() }),
    },
    source: {
      live: async (at) => ({ rows: [], after: at, more: false, cursorOf: () => at }),
      rows: async () => [],
      stored: null,
      calls: () => 0,
    },
    filter: {},
    after: 7,
    answers: createAnswers({ actor: 'token:x', via: 'token', role: 'operator' }),
    mayStill: async () => true,
    now,
    sleep,
    log: () => {},
  })
  void stream.run()
  return stream
}

/** Passes bytes both ways, until it is frozen: from then on it swallows them and closes nothing. */
async function startProxy(to: number) {
  let isFrozen = false
  const pass = (from: Socket, other: Socket) => {
    from.on('data', (chunk) => void (isFrozen || other.write(chunk)))
    from.on('end', () => void (isFrozen || other.end()))
    from.on('error', () => {})
    ends.push(() => from.destroy())
  }
  const server = createTcpServer({ allowHalfOpen: true }, (client) => {
    const behind = connect({ port: to, host: '127.0.0.1', allowHalfOpen: true })
    pass(client, behind)
    pass(behind, client)
  })
  ends.push(() => server.close())
  return { port: await listen(server), freeze: () => (isFrozen = true) }
}

it('is noticed within half a minute by both sides, and not before there is a reason', async () => {
  const console = await startConsole()
  const proxy = await startProxy(console.port)
  const frames: ServerFrame[] = []
  const pinged = Promise.withResolvers<void>()
  let isOver = false
  const connection = runConnection({
    url: `ws://127.0.0.1:${proxy.port}/`,
    headers: {},
    onFrame(frame) {
      frames.push(frame)
      if (frames.filter(({ type }) => type === 'ping').length === 4) pinged.resolve()
    },
    signal: new AbortController().signal,
    after,
  }).then((end) => {
    isOver = true
    return { end, at: now() }
  })

  // Longer than the silence that ends it: what keeps it open is what both say.
  await pinged.promise
  expect([frames[0]?.type, isOver]).toEqual(['hello', false])
  expect(console.heard.length).toBeGreaterThanOrEqual(3)
  expect(console.heard[0]).toBe('{"type":"pong"}')

  proxy.freeze()
  const frozenAt = now()
  const [client, server] = await Promise.all([connection, console.closed])
  expect(client.end).toEqual({ type: 'silent', silenceMs: SILENCE_MS })
  expect(server.code).toBe(CLOSE.silent[0])
  // A tick of the server is a second; the rest is how exactly a timer of this machine goes.
  for (const { at } of [client, server]) {
    expect(at - frozenAt).toBeLessThan(SILENCE_MS + 3_000)
    expect(at - frozenAt).toBeGreaterThan(SILENCE_MS / 3)
  }
})

it('a connection that never opens is given up, and one that is ended here ends at once', async () => {
  const proxy = await startProxy((await startConsole()).port)
  proxy.freeze()
  const url = `ws://127.0.0.1:${proxy.port}/`
  const stop = new AbortController()
  const options = { url, headers: {}, onFrame: () => {}, signal: stop.signal }
  expect(await runConnection({ ...options, after })).toEqual({ type: 'failed' })
  const running = runConnection(options)
  stop.abort()
  expect(await running).toEqual({ type: 'stopped' })
  expect(await runConnection(options)).toEqual({ type: 'stopped' })
})
