/** A Worker that makes one call as it is told, so that the tests see what the real runtime does. */
import { sendRequest } from '../../src/delivery/send.ts'

/** What crosses over to the Worker: plain JSON. */
export interface Call {
  url: string
  method: string
  headers: [string, string][]
  /** Null: none. */
  bytes: number[] | null
  timeoutMs: number
}

export default {
  async fetch(request): Promise<Response> {
    const { url, method, headers, bytes, timeoutMs } = await request.json<Call>()
    const body = bytes && Uint8Array.from(bytes)
    const outcome = await sendRequest(
      { url, method, headers: new Headers(headers), body },
      { fetch: (...args) => fetch(...args), timeoutMs },
    )
    return Response.json(outcome)
  },
} satisfies ExportedHandler
