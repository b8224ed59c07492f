/**
 * A downstream service as a user would write it: checks the Standard Webhooks signature, answers 200,
 * and keeps the events that it got for whoever waits for them.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { SwitchboardEvent } from '../../events/event.ts'

export interface ReceivedEvent {
  event: SwitchboardEvent
  /** The signature was good. */
  verified: boolean
}

export interface SampleTarget {
  url: string
  /** The event with this subject, as soon as it is there; null after `timeoutMs`. */
  waitFor: (subject: string, timeoutMs: number) => Promise<ReceivedEvent | null>
  stop: () => Promise<void>
}

const MAX_KEPT = 1_000

export async function startSampleTarget(secret: string): Promise<SampleTarget> {
  const received: ReceivedEvent[] = []
  const waiting = new Set<() => void>()
  const server = createServer((request, response) => {
    readText(request)
      .then(
        (text) => {
          const verified = isSigned(request, text, secret)
          received.push({ event: JSON.parse(text), verified })
          if (received.length > MAX_KEPT) received.shift()
          for (const wake of waiting) wake()
          response.writeHead(verified ? 200 : 401).end()
        },
        () => response.writeHead(400).end(),
      )
      .catch(() => response.writeHead(400).end())
  })
  const port = await listen(server)
  return {
    url: `http://127.0.0.1:${port}/hooks`,
    waitFor(subject, timeoutMs) {
      return new Promise((resolve) => {
        const settle = () => {
          const found = received.find(({ event }) => event.subject === subject)
          if (!found) return
          waiting.delete(settle)
          clearTimeout(timer)
          resolve(found)
        }
        const timer = setTimeout(() => {
          waiting.delete(settle)
          resolve(null)
        }, timeoutMs)
        waiting.add(settle)
        settle()
      })
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : 0)
    })
  })
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = ''
  request.setEncoding('utf8')
  for await (const chunk of request) text += String(chunk)
  return text
}

/** https://www.standardwebhooks.com: HMAC-SHA256 over `id.timestamp.body`, base64, prefixed `v1,`. */
function isSigned({ headers }: IncomingMessage, text: string, secret: string): boolean {
  const read = (name: string) => String(headers[name] ?? '')
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const signed = `${read('webhook-id')}.${read('webhook-timestamp')}.${text}`
  const expected = Buffer.from(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`)
  const given = Buffer.from(read('webhook-signature'))
  return given.length === expected.length && timingSafeEqual(given, expected)
}
