/** A target in a thread of its own: it answers 200, and notes what came when. */
/* oxlint-disable unicorn/require-post-message-target-origin -- a thread has no origin */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parentPort } from 'node:worker_threads'
import type { Arrival } from './stopwatch.ts'

const arrivals: Arrival[] = []
const server = createServer((request, response) => {
  arrivals.push({ eventId: String(request.headers['webhook-id']), at: Date.now() })
  request.resume().on('end', () => response.end())
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  parentPort?.postMessage(port)
})
parentPort?.on('message', () => parentPort?.postMessage(arrivals))
