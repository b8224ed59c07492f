/** The HTTP call against real servers that do whatever a target may do, in Node and in workerd. */
import type { Socket } from 'node:net'
import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib'
import { Miniflare } from 'miniflare'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { bundle } from '../../src/cli/dev/bundle.ts'
import { COMPATIBILITY_DATE } from '../../src/cli/dev/runtime.ts'
import type { DeliveryOutcome } from '../../src/delivery/decide.ts'
import type { DeliveryRequest } from '../../src/delivery/format.ts'
import { MAX_EXCERPT_BYTES, sendRequest, type Fetch } from '../../src/delivery/send.ts'
import { createLoopback, drip, endlessly, flood } from './loopback.ts'
import type { Call } from './send-worker.ts'

const { http, tcp, answer, answerBytes, closeAll, closeOne } = createLoopback()
afterEach(closeAll)

type Send = (request: DeliveryRequest, timeoutMs: number) => Promise<DeliveryOutcome>

let miniflare: Miniflare

beforeAll(async () => {
  const contents = await bundle('test/delivery/send-worker.ts')
  const modules = { 'index.js': { type: 'esm' as const, contents } }
  const manifest = { mainModule: 'index.js', modules }
  const config = { name: 'sender', compatibilityDate: COMPATIBILITY_DATE, manifest }
  miniflare = new Miniflare({ workers: [{ config }] })
  await miniflare.ready
})
afterAll(() => miniflare.dispose())

const sendInNode: Send = (request, timeoutMs) => sendRequest(request, { fetch, timeoutMs })

const sendInWorkerd: Send = async ({ url, method, headers, body }, timeoutMs) => {
  const bytes = body && [...body]
  const call: Call = { url, method, headers: [...headers], bytes, timeoutMs }
  const worker = await miniflare.getWorker('sender')
  const init = { method: 'POST', body: JSON.stringify(call) }
  const response = await worker.fetch('http://sender/', init)
  return (await response.json()) as DeliveryOutcome
}

/** 300 MB of zeros in 4 KB or so; the best quality would take seconds. */
const BOMB = brotliCompressSync(Buffer.alloc(300_000_000), {
  params: { [constants.BROTLI_PARAM_QUALITY]: 1 },
})

const TIMEOUT_MS = 10_000
/** How much longer than its timeout a call may take on a busy machine; far less than TIMEOUT_MS. */
const SLACK_MS = 3_000

describe.each([
  ['Node', sendInNode],
  ['workerd', sendInWorkerd],
])('sendRequest in %s', (runtime, sendWhole) => {
  function send(url: string, timeoutMs = TIMEOUT_MS, changes: Partial<DeliveryRequest> = {}) {
    const headers = new Headers({ 'content-type': 'text/plain' })
    const body = new TextEncoder().encode('hello')
    return sendWhole({ url, method: 'POST', headers, body, ...changes }, timeoutMs)
  }

  /** The outcome, which must come when its time is up, and neither before nor much later. */
  async function sendInTime(url: string, timeoutMs: number): Promise<DeliveryOutcome> {
    const startedAt = performance.now()
    const outcome = await send(url, timeoutMs)
    const tookMs = performance.now() - startedAt
    expect(tookMs).toBeGreaterThan(timeoutMs - 50)
    expect(tookMs).toBeLessThan(timeoutMs + SLACK_MS)
    return outcome
  }

  describe('what it sends', () => {
    it('is method, headers and bytes as they are', async () => {
      const seen: unknown[] = []
      const url = await http((request, response) => {
        request.on('data', (chunk: Buffer) => seen.push(chunk.toString('hex')))
        request.on('end', () => {
          seen.push(request.method, request.headers['content-type'])
          response.end()
        })
      })
      await send(url, TIMEOUT_MS, { method: 'PUT', body: Uint8Array.of(0xff, 0x00) })
      expect(seen).toEqual(['ff00', 'PUT', 'text/plain'])
    })

    it.each([301, 302, 303, 307, 308])('goes nowhere else for a %i', async (status) => {
      const paths: (string | undefined)[] = []
      const url = await http((request, response) => {
        paths.push(request.url)
        response.writeHead(status, { location: '/elsewhere' }).end('moved')
      })
      expect(await send(url)).toMatchObject({ type: 'answered', status, excerpt: 'moved' })
      expect(paths).toEqual(['/hook'])
    })
  })

  describe('no connection, or no HTTP', () => {
    const unreachable = { type: 'unreachable' }

    it('tells a refused connection', async () => {
      const url = await http(() => {})
      await closeOne(url)
      expect(await send(url)).toEqual(unreachable)
    })

    it('tells a name that does not resolve', async () => {
      expect(await send('http://target.invalid/')).toEqual(unreachable)
    })

    it('tells a connection that is reset', async () => {
      expect(await send(await tcp((socket) => socket.resetAndDestroy()))).toEqual(unreachable)
    })

    it('tells a connection that is reset within the head', async () => {
      const url = await answer((socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-', () => socket.resetAndDestroy())
      })
      expect(await send(url)).toEqual(unreachable)
    })

    it.each<[string, string | Buffer]>([
      ['nothing', ''],
      ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
      ['HTTP/0.9', 'hello\n'],
      ['bytes', Buffer.from(Array.from({ length: 5_000 }, (_, i) => (i * 7_919) % 256))],
      ['a status that is none', 'HTTP/1.1 2000 OK\r\ncontent-length: 0\r\n\r\n'],
    ])('tells an answer that is no HTTP: %s', async (_name, bytes) => {
      expect(await send(await answerBytes(bytes))).toEqual(unreachable)
    })

    it('tells garbage without end', async () => {
      const url = await answer((socket) => void flood(socket, Buffer.alloc(65_536, 'A')))
      expect(await send(url)).toEqual(unreachable)
    })

    it.each([
      ['headers', 'HTTP/1.1 200 OK\r\n', `x-pad: ${'y'.repeat(1_000)}\r\n`],
      ['one header', 'HTTP/1.1 200 OK\r\nx-pad: ', 'y'.repeat(10_000)],
    ])('hangs up on %s without end', async (_name, start, piece) => {
      const poured = Promise.withResolvers<number>()
      const url = await answer((socket) => {
        socket.write(start)
        flood(socket, Buffer.from(piece)).then(poured.resolve, poured.reject)
      })
      expect(await send(url)).toEqual(unreachable)
      // What the sockets of both sides hold.
      expect(await poured.promise).toBeLessThan(50_000_000)
    })
  })

  describe('no answer in time', () => {
    const timeout = { type: 'timeout' }

    it('tells a target that hangs before its answer', async () => {
      expect(await sendInTime(await http(() => {}), 300)).toEqual(timeout)
    })

    it('tells a head of one byte a second', async () => {
      const url = await answer((socket) => drip(socket, 'HTTP/1.1 200 OK\r\n\r\n', 1_000))
      expect(await sendInTime(url, 1_500)).toEqual(timeout)
    })

    it('tells a head that does not end', async () => {
      const url = await answer((socket) => {
        socket.write('HTTP/1.1 200 OK\r\n')
        drip(socket, endlessly('x: y\r\n'), 20)
      })
      expect(await sendInTime(url, 300)).toEqual(timeout)
    })

    it('tells a target that only ever announces its answer', async () => {
      const hint = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'
      const url = await answer((socket) => drip(socket, endlessly(hint), 20))
      expect(await sendInTime(url, 300)).toEqual(timeout)
    })

    it('hangs up', async () => {
      const hungUp = Promise.withResolvers<void>()
      const url = await http((_request, response) => response.on('close', hungUp.resolve))
      await send(url, 100)
      await expect(hungUp.promise).resolves.toBeUndefined()
    })
  })

  describe('an answer', () => {
    it.each([200, 204, 304, 400, 410, 429, 500, 503, 599])('tells a %i', async (status) => {
      const hasBody = status !== 204 && status !== 304
      const url = await http((_request, response) => {
        response.writeHead(status, { 'retry-after': '7' }).end(hasBody ? 'answer' : undefined)
      })
      const excerpt = hasBody ? 'answer' : ''
      expect(await send(url)).toEqual({ type: 'answered', status, retryAfter: '7', excerpt })
    })

    it('tells that it did not ask to be left alone', async () => {
      const url = await http((_request, response) => response.writeHead(429).end())
      expect(await send(url)).toMatchObject({ status: 429, retryAfter: null })
    })

    it('takes the status of one that then hangs', async () => {
      const url = await http((_request, response) => {
        response.writeHead(200)
        response.write('par')
      })
      const answered = { type: 'answered', status: 200, retryAfter: null, excerpt: 'par' }
      expect(await sendInTime(url, 300)).toEqual(answered)
    })

    it('does not wait for a body of one byte a second', async () => {
      const url = await http((_request, response) => {
        response.writeHead(500)
        response.write('1')
        drip(response, '23456789', 1_000)
      })
      const answered = { type: 'answered', status: 500, excerpt: '12' }
      expect(await sendInTime(url, 1_500)).toMatchObject(answered)
    })

    it.each<[string, (socket: Socket) => void]>([
      ['ends too early', (socket) => socket.destroy()],
      ['is reset', (socket) => socket.resetAndDestroy()],
    ])('takes the status of one that %s', async (_name, breakOff) => {
      const url = await answer((socket) => {
        socket.write('HTTP/1.1 503 Busy\r\ncontent-length: 100\r\n\r\npart', () => breakOff(socket))
      })
      expect(await send(url)).toMatchObject({ type: 'answered', status: 503 })
    })

    it('takes the status of one with broken chunks', async () => {
      const head = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'
      const url = await answerBytes(`${head}not-hex\r\nhello`)
      expect(await send(url)).toMatchObject({ type: 'answered', status: 200, excerpt: '' })
    })

    it('reads one KB of 10 MB and hangs up', async () => {
      const hungUp = Promise.withResolvers<boolean>()
      const url = await http((_request, response) => {
        response.on('close', () => hungUp.resolve(!response.writableFinished))
        response.end('x'.repeat(10_000_000))
      })
      const excerpt = 'x'.repeat(MAX_EXCERPT_BYTES)
      expect(await send(url)).toMatchObject({ status: 200, excerpt })
      expect(await hungUp.promise).toBe(true)
    })

    it('reads one KB of a body without end and hangs up', async () => {
      const poured = Promise.withResolvers<number>()
      const url = await http((_request, response) => {
        flood(response, Buffer.alloc(65_536, 'x')).then(poured.resolve, poured.reject)
      })
      const excerpt = 'x'.repeat(MAX_EXCERPT_BYTES)
      expect(await send(url)).toMatchObject({ status: 200, excerpt })
      expect(await poured.promise).toBeLessThan(50_000_000)
    })

    it('does not wait for the rest of a KB', async () => {
      const url = await http((_request, response) =>
        response.end('x'.repeat(MAX_EXCERPT_BYTES - 1)),
      )
      const outcome = await send(url)
      expect(outcome).toMatchObject({ excerpt: 'x'.repeat(MAX_EXCERPT_BYTES - 1) })
    })

    it('takes a body that is no text', async () => {
      const url = await http((_request, response) => response.end(Buffer.of(0x61, 0xff, 0x00)))
      expect(await send(url)).toMatchObject({ status: 200, excerpt: 'a\u{FFFD}\0' })
    })

    it('cuts between two characters', async () => {
      const url = await http((_request, response) => response.end(`x${'é'.repeat(1_000)}`))
      const excerpt = `x${'é'.repeat((MAX_EXCERPT_BYTES - 2) / 2)}`
      expect(await send(url)).toMatchObject({ excerpt })
    })
  })

  describe('a compressed answer', () => {
    const compressed = (encoding: string, body: Buffer) =>
      http((_request, response) => {
        response.writeHead(200, { 'content-encoding': encoding }).end(body)
      })

    it('is read', async () => {
      expect(await send(await compressed('gzip', gzipSync('answer')))).toMatchObject({
        status: 200,
        excerpt: 'answer',
      })
    })

    it('is read for one KB when it never ends, and then hung up on', async () => {
      // 10 MB of zeros in 10 KB, again and again: a gzip stream may have many members.
      const member = gzipSync(Buffer.alloc(10_000_000))
      const poured = Promise.withResolvers<number>()
      const url = await http((_request, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' })
        flood(response, member).then(poured.resolve, poured.reject)
      })
      const excerpt = '\0'.repeat(MAX_EXCERPT_BYTES)
      expect(await send(url)).toMatchObject({ status: 200, excerpt })
      expect(await poured.promise).toBeLessThan(50_000_000)
    })

    it('is not unpacked as a whole', async () => {
      const url = await compressed('br', BOMB)
      const before = process.resourceUsage().maxRSS
      const excerpt = '\0'.repeat(MAX_EXCERPT_BYTES)
      expect(await send(url)).toMatchObject({ status: 200, excerpt })
      // Kilobytes. Of this process: in workerd it only shows that the answer comes.
      expect(process.resourceUsage().maxRSS - before).toBeLessThan(100_000)
    })

    it.each(['gzip', 'br', 'deflate'])(
      'that is no %s has a status all the same',
      async (encoding) => {
        const url = await compressed(encoding, Buffer.from('plain text'))
        expect(await send(url)).toMatchObject({ type: 'answered', status: 200 })
      },
    )

    it('in a way that nobody asked for has a status all the same', async () => {
      const body = deflateSync(Buffer.alloc(1_000_000))
      expect(await send(await compressed('x-zip, unknown', body))).toMatchObject({ status: 200 })
    })
  })

  it(`has been run in ${runtime}`, async () => {
    const agents: (string | undefined)[] = []
    const url = await http((request, response) => {
      agents.push(request.headers['user-agent'])
      response.end()
    })
    await send(url)
    expect(agents).toEqual([runtime === 'Node' ? 'node' : undefined])
  })
})

describe('sendRequest', () => {
  const GET: DeliveryRequest = {
    url: 'https://crm.example.com/',
    method: 'GET',
    headers: new Headers(),
    body: null,
  }

  it('takes a fetch that throws at once for unreachable', async () => {
    const throwAtOnce: Fetch = () => {
      throw new TypeError('Invalid URL')
    }
    const outcome = await sendRequest(GET, { fetch: throwAtOnce, timeoutMs: 1_000 })
    expect(outcome).toEqual({ type: 'unreachable' })
  })

  it('does not depend on a fetch that heeds the signal', async () => {
    const never: Fetch = () => new Promise(() => {})
    expect(await sendRequest(GET, { fetch: never, timeoutMs: 50 })).toEqual({ type: 'timeout' })
  })

  it('does not depend on a body that heeds the signal', async () => {
    const answerWithoutEnd: Fetch = async () =>
      new Response(new ReadableStream({ pull: () => new Promise(() => {}) }))
    const outcome = await sendRequest(GET, { fetch: answerWithoutEnd, timeoutMs: 50 })
    expect(outcome).toMatchObject({ type: 'answered', status: 200 })
  })
})
