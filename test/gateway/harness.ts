/**
 * A gateway in workerd with the real local KV and queue behind it, and Twilio's own SDK in front of it
 * as the signer. What passes the bindings is recorded on its way, and each can be made to fail.
 */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import webhooks from 'twilio/lib/webhooks/webhooks.js'
import type { CompiledConfig, CompiledEndpoint } from '../../src/config/compiled.ts'
import { toDocument } from '../../src/config/document.ts'
import type { EventMessage } from '../../src/events/message.ts'
import type { GatewayEnv } from '../../src/gateway/env.ts'
import { createWorker } from '../../src/gateway/worker.ts'
import type { Platform } from '../../src/platform.ts'
import type { WebhookLine } from '../../src/gateway/log.ts'

export const TOKEN = '0123456789abcdef0123456789abcdef'
export const ACCOUNT = `AC${'0'.repeat(32)}`
export const ORIGIN = 'https://hooks.example.com'

export type Params = [name: string, value: string][]

/** What a binding may do instead of working. */
export type Fault = 'none' | 'refuse' | 'hang' | 'throw'

const FAULTS: Record<Exclude<Fault, 'none'>, () => Promise<never>> = {
  refuse: () => Promise.reject(new Error('refused')),
  // Longer than any budget in these tests, and over before the next one.
  hang: async () => {
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    throw new Error('gave up')
  },
  throw: () => {
    throw new Error('thrown')
  },
}

export interface HarnessOptions {
  endpoints?: Partial<CompiledEndpoint>[]
  config?: Partial<CompiledConfig>
  /** The built-in document, when it is not the one made of `config`. */
  builtIn?: unknown
  tokens?: string | null
  fetch?: typeof fetch
}

export function endpoint(part: Partial<CompiledEndpoint>): CompiledEndpoint {
  return { name: 'sms', path: '/sms', kind: null, deadlineMs: null, replies: [], ...part }
}

export type Harness = ReturnType<typeof createHarness>

export function createHarness(options: HarnessOptions = {}) {
  const { KV, EVENTS } = env as unknown as GatewayEnv
  const faults = { get: 'none', put: 'none', send: 'none' } as Record<'get' | 'put' | 'send', Fault>
  const calls: string[] = []
  const limits = new Map<string, number>()
  const sent: string[] = []
  const lines: Record<string, unknown>[] = []
  const clock = { now: Date.parse('2026-11-20T10:00:00Z') }

  function guarded<T>(
    op: 'get' | 'put' | 'send',
    name: string,
    work: () => Promise<T>,
  ): Promise<T> {
    calls.push(name)
    const limit = limits.get(name)
    if (limit !== undefined && calls.filter((call) => call === name).length > limit) {
      return Promise.reject(new Error('refused'))
    }
    const fault = faults[op]
    return fault === 'none' ? work() : FAULTS[fault]()
  }
  const kv = {
    get: (key: string, opts?: never) => guarded('get', `get ${key}`, () => KV.get(key, opts)),
    put: (key: string, value: string, opts?: KVNamespacePutOptions) =>
      guarded('put', `put ${key}`, () => KV.put(key, value, opts)),
  } as unknown as KVNamespace
  const queue = {
    send: (body: string, opts?: QueueSendOptions) =>
      guarded('send', 'send', async () => {
        await EVENTS.send(body, opts)
        sent.push(body)
      }),
    sendBatch: (batch: MessageSendRequest<string>[]) =>
      guarded('send', 'sendBatch', async () => {
        await EVENTS.sendBatch(batch)
        sent.push(...batch.map(({ body }) => body))
      }),
  } as unknown as Queue
  const platform: Platform = {
    log: (line) => lines.push(JSON.parse(JSON.stringify(line))),
    fetch: options.fetch ?? (() => Promise.reject(new Error('no network in this test'))),
    now: () => clock.now,
  }
  const tokens = options.tokens === undefined ? TOKEN : options.tokens
  const config: CompiledConfig = {
    publicUrl: ORIGIN,
    lookupBudgetMs: 50,
    endpoints: (options.endpoints ?? [{}]).map(endpoint),
    targets: [],
    ...options.config,
  }
  const builtIn = 'builtIn' in options ? options.builtIn : toDocument(config, 'test')
  const gatewayEnv: GatewayEnv = { KV: kv, EVENTS: queue }
  if (tokens !== null) gatewayEnv.TWILIO_AUTH_TOKENS = tokens
  const worker = createWorker(gatewayEnv, builtIn, platform)

  async function fetchWorker(request: Request): Promise<Response> {
    const context = createExecutionContext()
    const response = await worker.fetch(request, gatewayEnv, context)
    await waitOnExecutionContext(context)
    return response
  }

  return {
    faults,
    /** The bindings' operations in order: `get <key>`, `put <key>`, `send`. */
    calls,
    /** Lets an operation work so many times, and refuses it from then on. */
    failAfter: (name: string, times: number) => void limits.set(name, times),
    /** Without the config's own refresh. */
    ownCalls: () => calls.filter((call) => call !== 'get config:current'),
    sent,
    messages: () => sent.map((text): EventMessage => JSON.parse(text)),
    lines,
    line: () =>
      lines.findLast(({ event }) => event === 'webhook.received') as WebhookLine | undefined,
    clock,
    kv: KV,
    fetch: fetchWorker,
    post: (path: string, params: Params, init: SignOptions = {}) =>
      fetchWorker(signedPost(path, params, init)),
  }
}

export interface SignOptions {
  headers?: Record<string, string>
  token?: string
  /** What is signed, when it is not the URL that is called. */
  signedUrl?: string
  /** What is called. */
  url?: string
  method?: string
  contentType?: string
}

export function signedPost(path: string, params: Params, options: SignOptions = {}): Request {
  const url = options.url ?? ORIGIN + path
  const signature = webhooks.getExpectedTwilioSignature(
    options.token ?? TOKEN,
    options.signedUrl ?? url,
    toObject(params),
  )
  return new Request(url, {
    method: options.method ?? 'POST',
    headers: {
      'content-type': options.contentType ?? 'application/x-www-form-urlencoded',
      'x-twilio-signature': signature,
      ...options.headers,
    },
    body: new URLSearchParams(params).toString(),
  })
}

export function signedGet(pathAndQuery: string, options: SignOptions = {}): Request {
  const url = ORIGIN + pathAndQuery
  const signed = options.signedUrl ?? url
  const signature = webhooks.getExpectedTwilioSignature(options.token ?? TOKEN, signed, {})
  return new Request(url, { headers: { 'x-twilio-signature': signature, ...options.headers } })
}

export function signedJson(path: string, body: string, options: SignOptions = {}): Request {
  const hash = webhooks.getExpectedBodyHash(body)
  const url = `${ORIGIN}${path}${path.includes('?') ? '&' : '?'}bodySHA256=${hash}`
  const signature = webhooks.getExpectedTwilioSignature(options.token ?? TOKEN, url, {})
  return new Request(url, {
    method: 'POST',
    headers: {
      'content-type': options.contentType ?? 'application/json',
      'x-twilio-signature': signature,
      ...options.headers,
    },
    body,
  })
}

/** As Express hands them to the SDK: a repeated name is a list. */
function toObject(params: Params): Record<string, string | string[]> {
  const object: Record<string, string | string[]> = Object.create(null)
  for (const [name, value] of params) {
    const before = object[name]
    object[name] = before === undefined ? value : [before, value].flat()
  }
  return object
}

export const SMS: Params = [
  ['ToCountry', 'US'],
  ['SmsMessageSid', 'SM00000000000000000000000000000001'],
  ['NumMedia', '0'],
  ['SmsSid', 'SM00000000000000000000000000000001'],
  ['SmsStatus', 'received'],
  ['FromCity', ''],
  ['Body', "It's 5 & <b> ☎"],
  ['To', '+15005550010'],
  ['NumSegments', '1'],
  ['MessageSid', 'SM00000000000000000000000000000001'],
  ['AccountSid', ACCOUNT],
  ['From', '+15005550006'],
  ['ApiVersion', '2010-04-01'],
]

export const CALL: Params = [
  ['CallSid', 'CA00000000000000000000000000000001'],
  ['AccountSid', ACCOUNT],
  ['From', '+15005550006'],
  ['To', '+15005550010'],
  ['CallStatus', 'ringing'],
  ['Direction', 'inbound'],
  ['ApiVersion', '2010-04-01'],
]

/** The same with some values changed or added. */
export function withParams(params: Params, changes: Record<string, string>): Params {
  const rest = new Map(Object.entries(changes))
  const changed = params.map(([name, value]): [string, string] => {
    const next = rest.get(name) ?? value
    rest.delete(name)
    return [name, next]
  })
  return [...changed, ...rest]
}
