/** The service that gets the events. It keeps only the ids, and how long each was on its way. */
import { createServer } from 'node:http'

/** Events of Event Streams have Twilio's ids, and the time when something happened at Twilio. */
const OWN_ID = 'evt_'

export interface SoakTarget {
  url: string
  /** Milliseconds from the webhook, by the event's own time, since the last call. */
  takeTimes: () => number[]
  /** How many of them the gateway has given ids; not those of Event Streams. */
  countOwn: () => number
  taken: () => string[]
  twice: () => string[]
}

export async function startTarget(): Promise<SoakTarget> {
  const counts = new Map<string, number>()
  let times: number[] = []
  let own = 0
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const id = String(request.headers['webhook-id'])
      const before = counts.get(id) ?? 0
      counts.set(id, before + 1)
      if (before === 0 && id.startsWith(OWN_ID)) {
        own += 1
        const at = Date.parse(toTime(Buffer.concat(parts).toString()))
        if (!Number.isNaN(at)) times.push(Date.now() - at)
      }
      response.writeHead(200).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}/`,
    takeTimes() {
      const taken = times
      times = []
      return taken
    },
    countOwn: () => own,
    taken: () => [...counts.keys()],
    twice: () => [...counts].filter(([, count]) => count > 1).map(([id]) => id),
  }
}

/** `time` of a CloudEvent: when the gateway received it. */
function toTime(body: string): string {
  const event: unknown = JSON.parse(body)
  if (typeof event !== 'object' || event === null || !('time' in event)) return ''
  return typeof event.time === 'string' ? event.time : ''
}
