/**
 * A local stand-in of Twilio's REST API, for the real SDK: TWILIO_API_BASE_URL puts the product's host
 * into the path (`/api.twilio.com/2010-04-01/…`). It checks the login as Twilio does, pages as each
 * product pages, limits the rate, fails where a test wants it to, and remembers every change.
 *
 * Routes of another product are a `Route[]` in a file of their own, passed as `routes`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { apiRoutes } from './api-routes.ts'
import { findCaller } from './login.ts'
import { messagingRoutes } from './messaging-routes.ts'
import { NOT_FOUND, REFUSED_LOGIN, toError, type Answer, type Route } from './route.ts'
import type { TwilioState } from './state.ts'

/** What happens to a request instead of, or after, what should happen. */
export type Fault =
  | 'slow_down' // 429 with Retry-After, nothing is done
  | 'fail' // 500, nothing is done
  | 'refuse' // 400 with a code of Twilio's, nothing is done
  | 'lose_answer' // done, and the connection breaks
  | 'lose_request' // not done, and the connection breaks

export interface StandInOptions {
  state: TwilioState
  routes?: readonly Route[]
  /** Most rows on one page, whatever PageSize says. */
  maxPage?: number
}

export interface Seen {
  method: string
  /** Host and path. */
  url: string
  status: number
  accountSid: string | null
  form: Record<string, string>
}

export interface StandIn {
  /** For TWILIO_API_BASE_URL. */
  url: string
  state: TwilioState
  /** Every request, in order, with the answer it got. */
  seen: Seen[]
  /** Every change that was made. */
  changes: Seen[]
  /** Decides about each request before it is answered; `number` counts from 1, changes on their own. */
  onRequest: (request: { method: string; url: string; number: number }) => Fault | null
  onChange: (request: { method: string; url: string; number: number }) => Fault | null
  /** Seconds that 429 asks for. */
  retryAfter: number
  /** Begins to count from 1 again, forgets what was seen, and breaks nothing. */
  reset: () => void
  stop: () => Promise<void>
}

export async function startTwilio(options: StandInOptions): Promise<StandIn> {
  const { state, routes = [], maxPage = 1000 } = options
  const table = [...routes, ...apiRoutes(maxPage), ...messagingRoutes(maxPage)]
  const counts = { requests: 0, changes: 0 }
  const server = createServer((request, response) => {
    void readText(request).then((text) => answerRequest(request, text, response))
  })

  function answerRequest(request: IncomingMessage, text: string, response: ServerResponse): void {
    const { method = 'GET', headers } = request
    const target = new URL(request.url ?? '/', 'http://stand-in')
    const [, host = '', path = ''] = /^\/([^/]+)(\/.*)$/.exec(target.pathname) ?? []
    const url = `${host}${path}`
    const form = new URLSearchParams(text)
    const caller = findCaller(state, headers.authorization)
    const note = { method, url, status: 0, accountSid: caller?.account.sid ?? null }
    const seen: Seen = { ...note, form: Object.fromEntries(form) }
    standIn.seen.push(seen)

    const route = findRoute(table, method, host, path)
    const fault = decideFault(route, { method, url })
    if (fault === 'lose_request') return void request.socket.destroy()
    const early = toEarlyAnswer(fault, standIn.retryAfter) ?? (caller ? null : REFUSED_LOGIN)
    const origin = `https://${host}`
    const query = target.searchParams
    const answer =
      early ??
      (route && caller
        ? route.route.answer(
            { method, host, path, query, form, caller, state, origin },
            route.params,
          )
        : NOT_FOUND)
    seen.status = answer.status
    if (route?.route.isChange && answer.status < 300) standIn.changes.push(seen)
    if (fault === 'lose_answer') return void request.socket.destroy()
    send(response, answer)
  }

  function decideFault(route: Found | null, request: { method: string; url: string }) {
    const fault = standIn.onRequest({ ...request, number: ++counts.requests })
    if (fault || !route?.route.isChange) return fault
    return standIn.onChange({ ...request, number: ++counts.changes })
  }

  const reset = () => {
    Object.assign(counts, { requests: 0, changes: 0 })
    standIn.seen.length = 0
    standIn.changes.length = 0
    standIn.onRequest = () => null
    standIn.onChange = () => null
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const standIn: StandIn = {
    url: `http://127.0.0.1:${port}`,
    state,
    seen: [],
    changes: [],
    onRequest: () => null,
    onChange: () => null,
    retryAfter: 1,
    reset,
    stop: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
  return standIn
}

interface Found {
  route: Route
  params: Record<string, string>
}

function findRoute(table: Route[], method: string, host: string, path: string): Found | null {
  for (const route of table) {
    const match = route.method === method && route.host === host ? route.path.exec(path) : null
    if (match) return { route, params: { ...match.groups } }
  }
  return null
}

function toEarlyAnswer(fault: Fault | null, retryAfter: number): Answer | null {
  switch (fault) {
    case 'slow_down': {
      const headers = { 'retry-after': String(retryAfter) }
      return { ...toError(429, 20429, 'Too Many Requests'), headers }
    }
    case 'fail':
      return toError(500, 20500, 'An internal server error has occurred')
    case 'refuse':
      return toError(400, 21402, 'VoiceUrl is not valid: +12005550100')
    case 'lose_answer':
    case 'lose_request':
    case null:
      return null
  }
}

function send(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(body === undefined ? undefined : JSON.stringify(body))
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}
