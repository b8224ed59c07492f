/** Servers on loopback that do whatever a target may do. */
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer, type Server, type Socket } from 'node:net'
import { finished, type Writable } from 'node:stream'

export function createLoopback() {
  const open = new Map<string, Server>()
  const sockets = new Set<Socket>()

  async function listen(server: Server): Promise<string> {
    server.on('connection', (socket: Socket) => {
      sockets.add(socket)
      // The other side may hang up at any time.
      socket.on('error', () => {})
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    if (typeof address !== 'object' || address === null) throw new Error('not listening')
    const url = `http://127.0.0.1:${address.port}/hook`
    open.set(url, server)
    return url
  }

  async function closeOne(url: string): Promise<void> {
    await new Promise((done) => open.get(url)?.close(done))
    open.delete(url)
  }

  const tcp = (listener: (socket: Socket) => void) => listen(createServer(listener))
  /** Speaks when the request has come, or its beginning. */
  const answer = (speak: (socket: Socket) => void) =>
    tcp((socket) => socket.once('data', () => speak(socket)))

  return {
    http: (listener: RequestListener) => listen(createHttpServer(listener)),
    tcp,
    answer,
    answerBytes: (bytes: string | Buffer) => answer((socket) => socket.end(bytes)),
    closeOne,
    async closeAll(): Promise<void> {
      for (const socket of sockets) socket.destroy()
      sockets.clear()
      await Promise.all([...open.keys()].map(closeOne))
    },
  }
}

/** One piece after the other until the other side hangs up. */
export function drip(stream: Writable, pieces: Iterable<string>, everyMs: number): void {
  const iterator = pieces[Symbol.iterator]()
  const timer = setInterval(() => {
    const { done, value } = iterator.next()
    if (!done) stream.write(value)
  }, everyMs)
  finished(stream, () => clearInterval(timer))
}

/** The same piece as fast as it is taken; how many bytes they were when the other side hung up. */
export function flood(stream: Writable, piece: Buffer): Promise<number> {
  let bytes = 0
  return new Promise((resolve) => {
    finished(stream, () => resolve(bytes))
    const pour = () => {
      do bytes += piece.length
      while (!stream.destroyed && stream.write(piece))
      stream.once('drain', pour)
    }
    pour()
  })
}

export function* endlessly(piece: string): Iterable<string> {
  for (;;) yield piece
}
