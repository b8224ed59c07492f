/** The HTTP call against real servers that do whatever a target may do. */
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { DeliveryRequest } from '../../src/delivery/format.ts'
import { MAX_EXCERPT_BYTES, sendRequest, type Fetch } from '../../src/delivery/send.ts'

const open = new Set<Server>()
const sockets = new Set<Socket>()

afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  await Promise.all([...open].map((server) => new Promise((done) => server.close(done))))
  open.clear()
  sockets.clear()
})

async function listen(server: Server): Promise<string> {
  server.on('connection', (socket: Socket) => sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.add(server)
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('not listening')
  return `http://127.0.0.1:${address.port}/hook`
}

const http = (listener: RequestListener) => listen(createHttpServer(listener))
const tcp = (listener: (socket: Socket) => void) => listen(createServer(listener))

function send(url: string, timeoutMs = 10_000, changes: Partial<DeliveryRequest> = {}) {
  const headers = new Headers({ 'content-type': 'text/plain' })
  const body = new TextEncoder().encode('hello')
  const request: DeliveryRequest = { url, method: 'POST', headers, body, ...changes }
  return sendRequest(request, { fetch, timeoutMs })
}

const GET: DeliveryRequest = {
  url: 'https://crm.example.com/',
  method: 'GET',
  headers: new Headers(),
  body: null,
}

const throwAtOnce: Fetch = () => {
  throw new TypeError('Invalid URL')
}

const answerWithoutEnd: Fetch = async () =>
  new Response(new ReadableStream({ pull: () => new Promise(() => {}) }))

describe('sendRequest', () => {
  it.each([200, 204, 410, 429, 500, 503])('tells a %i', async (status) => {
    const url = await http((_request, response) => {
      response.writeHead(status, { 'retry-after': '7' }).end(status === 204 ? undefined : 'answer')
    })
    const excerpt = status === 204 ? '' : 'answer'
    expect(await send(url)).toEqual({ type: 'answered', status, retryAfter: '7', excerpt })
  })

  it('sends method, headers and bytes as they are', async () => {
    const seen: unknown[] = []
    const url = await http((request, response) => {
      request.on('data', (chunk: Buffer) => seen.push(chunk.toString('hex')))
      request.on('end', () => {
        seen.push(request.method, request.headers['content-type'])
        response.end()
      })
    })
    await send(url, 10_000, { method: 'PUT', body: Uint8Array.of(0xff, 0x00) })
    expect(seen).toEqual(['ff00', 'PUT', 'text/plain'])
  })

  it('does not follow a redirect', async () => {
    const paths: (string | undefined)[] = []
    const url = await http((request, response) => {
      paths.push(request.url)
      response.writeHead(301, { location: '/elsewhere' }).end()
    })
    expect(await send(url)).toMatchObject({ type: 'answered', status: 301 })
    expect(paths).toEqual(['/hook'])
  })

  it('tells a refused connection', async () => {
    const url = await http(() => {})
    await new Promise((done) => [...open][0]?.close(done))
    open.clear()
    expect(await send(url)).toEqual({ type: 'unreachable' })
  })

  it('tells a name that does not resolve', async () => {
    expect(await send('http://target.invalid/')).toEqual({ type: 'unreachable' })
  })

  it('tells a connection that is reset', async () => {
    const url = await tcp((socket) => socket.resetAndDestroy())
    expect(await send(url)).toEqual({ type: 'unreachable' })
  })

  it('tells an answer that is not HTTP', async () => {
    const url = await tcp((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n\r\n'))
    expect(await send(url)).toEqual({ type: 'unreachable' })
  })

  it('tells a target that hangs before its answer', async () => {
    const url = await http(() => {})
    expect(await send(url, 100)).toEqual({ type: 'timeout' })
  })

  it('tells a target whose head does not end', async () => {
    const url = await tcp((socket) => {
      socket.on('error', () => {})
      socket.write('HTTP/1.1 200 OK\r\n')
      const timer = setInterval(() => socket.write('x: y\r\n'), 20)
      socket.on('close', () => clearInterval(timer))
    })
    expect(await send(url, 200)).toEqual({ type: 'timeout' })
  })

  it('takes the status of an answer that then hangs, and stops reading', async () => {
    const url = await http((_request, response) => {
      response.writeHead(200)
      response.write('par')
    })
    const startedAt = performance.now()
    expect(await send(url, 200)).toMatchObject({ type: 'answered', status: 200, excerpt: 'par' })
    expect(performance.now() - startedAt).toBeLessThan(2_000)
  })

  it('does not wait for a body that drips', async () => {
    const url = await http((_request, response) => {
      response.writeHead(500)
      const timer = setInterval(() => response.write('.'), 50)
      response.on('close', () => clearInterval(timer))
    })
    const outcome = await send(url, 300)
    expect(outcome).toMatchObject({ type: 'answered', status: 500 })
  })

  it('takes the status of an answer that breaks off', async () => {
    const url = await tcp((socket) => {
      socket.write('HTTP/1.1 503 Busy\r\ncontent-length: 100\r\n\r\npart', () => socket.destroy())
    })
    expect(await send(url)).toMatchObject({ type: 'answered', status: 503 })
  })

  it('reads one KB of 10 MB and hangs up', async () => {
    const hungUp = Promise.withResolvers<boolean>()
    const url = await http((_request, response) => {
      response.on('close', () => hungUp.resolve(!response.writableFinished))
      response.end('x'.repeat(10_000_000))
    })
    const outcome = await send(url)
    expect(outcome).toMatchObject({ status: 200, excerpt: 'x'.repeat(MAX_EXCERPT_BYTES) })
    expect(await hungUp.promise).toBe(true)
  })

  it('takes a body that is no text', async () => {
    const url = await http((_request, response) => response.end(Buffer.of(0x61, 0xff, 0x00)))
    expect(await send(url)).toMatchObject({ status: 200, excerpt: 'a\u{FFFD}\0' })
  })

  it('takes a fetch that throws at once for unreachable', async () => {
    const outcome = await sendRequest(GET, { fetch: throwAtOnce, timeoutMs: 1_000 })
    expect(outcome).toEqual({ type: 'unreachable' })
  })

  it('does not depend on the body heeding the signal', async () => {
    const outcome = await sendRequest(GET, { fetch: answerWithoutEnd, timeoutMs: 50 })
    expect(outcome).toMatchObject({ type: 'answered', status: 200 })
  })
})
