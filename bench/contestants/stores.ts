/**
 * KV and queue in memory, behind workerd's own stubs: the part of their HTTP protocols that is used.
 * `GET /:key` (404 when absent), `PUT /:key`, `POST /message`, `POST /batch`.
 */

export interface StoreCounts {
  gets: number
  puts: number
  messages: number
}

const values = new Map<string, string>()
const counts: StoreCounts = { gets: 0, puts: 0, messages: 0 }

export default {
  async fetch(request) {
    const start = request.url.indexOf('/', request.url.indexOf('://') + 3)
    const end = request.url.indexOf('?', start)
    const path = request.url.slice(start, end === -1 ? undefined : end)
    if (path === '/counts') return Response.json(counts)
    switch (request.method) {
      case 'GET': {
        counts.gets++
        const value = values.get(path)
        return value === undefined ? new Response(null, { status: 404 }) : new Response(value)
      }
      case 'PUT':
        counts.puts++
        values.set(path, await request.text())
        return new Response(null)
      default:
        // The message is taken in whole, as a queue would, and forgotten.
        await request.arrayBuffer()
        counts.messages++
        return Response.json({ metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } })
    }
  },
} satisfies ExportedHandler
