/** A service of the user's on loopback, which gets what a recipe sends and answers as it is told. */
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Webhook } from 'standardwebhooks'
import { vi } from 'vitest'
import type { SwitchboardEvent } from '../../src/events/event.ts'
import { SECRET } from '../e2e/switchboard.ts'

export interface Received {
  path: string
  headers: IncomingHttpHeaders
  body: string
}

export interface Receiver {
  url: string
  received: Received[]
  /** The next request to this path is answered with this status, then 200 again. */
  failOnce: (path: string, status: number) => void
  /** The first of this path that fits; waits for it, and rejects after ten seconds. */
  find: (path: string, fits: (received: Received) => boolean) => Promise<Received>
  stop: () => Promise<void>
}

export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = []
  const statuses = new Map<string, number>()
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const path = request.url ?? ''
      received.push({ path, headers: request.headers, body })
      response.statusCode = statuses.get(path) ?? 200
      statuses.delete(path)
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    failOnce: (path, status) => statuses.set(path, status),
    find: (path, fits) =>
      vi.waitFor(
        () => {
          const found = received.find((one) => one.path === path && fits(one))
          if (!found) throw new Error(`nothing that fits came to ${path} of ${received.length}`)
          return found
        },
        { timeout: 10_000 },
      ),
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The event of a delivery whose signature is good; throws when it is not. */
export function toVerifiedEvent({ headers, body }: Received): SwitchboardEvent {
  new Webhook(SECRET).verify(body, headers as Record<string, string>)
  return JSON.parse(body)
}
