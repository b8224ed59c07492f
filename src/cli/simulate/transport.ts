/**
 * One request as Twilio makes it: a time-out for the connection, one until the answer begins, one for
 * all; redirects are not followed. Says why there was no answer, since Twilio's retries depend on it.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import type { Answer } from '../trigger/call/answer.ts'
import type { SignedWebhook } from '../trigger/signed-webhook.ts'
import { LOSSES, type Loss } from './overrides.ts'

export interface WireAnswer extends Answer {
  loss: Loss | null
  /** Set-Cookie, as it came. */
  cookies: readonly string[]
}

export interface Limits {
  connectMs: number
  readMs: number
  wholeMs: number
}

/** Never rejects. */
export type Transport = (
  webhook: SignedWebhook,
  cookie: string | null,
  limits: Limits,
  /** Requests of one place share connections, those of two never do. */
  place: string,
) => Promise<WireAnswer>

/** TwiML has 64 KB at most; who sends more need not be read to the end. */
const MAX_ANSWER_CHARS = 128 * 1024

export function createTransport(): { send: Transport; close: () => void } {
  const places = new Map<string, NonNullable<Agents>>()
  const send: Transport = async (webhook, cookie, limits, place) => {
    const agents = places.get(place) ?? createAgents()
    places.set(place, agents)
    const first = await sendOnce(webhook, cookie, limits, agents)
    // A kept connection that the server had closed meanwhile, as it may: no fault of the answer's.
    return first === 'stale' ? sendFresh(webhook, cookie, limits) : first
  }
  return {
    send,
    close() {
      for (const { http, https } of places.values()) {
        http.destroy()
        https.destroy()
      }
    },
  }
}

function createAgents() {
  const options = { keepAlive: true, maxFreeSockets: 64 }
  return { http: new HttpAgent(options), https: new HttpsAgent(options) }
}

async function sendFresh(webhook: SignedWebhook, cookie: string | null, limits: Limits) {
  const answer = await sendOnce(webhook, cookie, limits, null)
  return answer === 'stale' ? toLost('cut', 0) : answer
}

const toLost = (loss: Loss, durationMs: number): WireAnswer => ({
  status: 0,
  contentType: '',
  text: '',
  durationMs,
  failure: LOSSES[loss],
  loss,
  cookies: [],
})

type Agents = { http: HttpAgent; https: HttpsAgent } | null

function sendOnce(
  webhook: SignedWebhook,
  cookie: string | null,
  { connectMs, readMs, wholeMs }: Limits,
  agents: Agents,
): Promise<WireAnswer | 'stale'> {
  const started = performance.now()
  const isTls = webhook.url.startsWith('https:')
  return new Promise((resolve) => {
    let loss: Loss = 'ct'
    const request = toRequest(webhook, cookie, agents)
    const settle = (answer: WireAnswer | 'stale') => {
      clearTimeout(timer)
      clearTimeout(whole)
      resolve(answer)
    }
    const lose = (why: Loss) => settle(toLost(why, performance.now() - started))
    const giveUp = () => {
      lose(loss)
      request.destroy()
    }
    let timer = setTimeout(giveUp, connectMs)
    const whole = setTimeout(giveUp, wholeMs)
    const onConnected = () => {
      loss = 'rt'
      clearTimeout(timer)
      timer = setTimeout(giveUp, readMs)
    }
    request.on('socket', (socket: Socket) => {
      if (!socket.connecting) onConnected()
      else socket.once(isTls ? 'secureConnect' : 'connect', onConnected)
    })
    request.on('response', (response) => {
      clearTimeout(timer)
      loss = 'partial'
      readAnswer(response, started).then(settle, () => lose('partial'))
    })
    request.on('close', () => loss !== 'partial' && lose(loss))
    request.on('error', (error: NodeJS.ErrnoException) => {
      const isReset = error.code === 'ECONNRESET' || error.code === 'EPIPE'
      if (isReset && request.reusedSocket && loss !== 'partial') settle('stale')
      else lose(isReset && loss === 'rt' ? 'cut' : loss)
    })
    request.end(webhook.body ?? undefined)
  })
}

function toRequest(
  { url, method, headers, body }: SignedWebhook,
  cookie: string | null,
  agents: Agents,
) {
  const isTls = url.startsWith('https:')
  const open = isTls ? httpsRequest : httpRequest
  return open(url, {
    method,
    agent: agents === null ? false : isTls ? agents.https : agents.http,
    headers: {
      ...headers,
      ...(cookie === null ? {} : { cookie }),
      ...(body === null ? {} : { 'content-length': Buffer.byteLength(body) }),
    },
  })
}

/** Rejects when it breaks off. What is too long is left unread. */
async function readAnswer(response: IncomingMessage, started: number): Promise<WireAnswer> {
  const { statusCode: status = 0, headers } = response
  response.setEncoding('utf8')
  let text = ''
  for await (const chunk of response) {
    text += String(chunk)
    if (text.length > MAX_ANSWER_CHARS) break
  }
  return {
    status,
    contentType: headers['content-type'] ?? '',
    text,
    durationMs: performance.now() - started,
    failure: null,
    loss: null,
    cookies: headers['set-cookie'] ?? [],
  }
}
