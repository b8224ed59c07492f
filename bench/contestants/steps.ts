/**
 * What the gateway does about the same task as its peers, and the event besides: verify, recognise,
 * normalize and reply, with the gateway's own modules. Through stubs it makes the same three calls as its
 * peers, with the whole event for a message. Deadlines, the log line and what becomes of faults are left
 * out: the peers have none of them.
 */
import { prepareEndpoints } from '../../src/config/routes.ts'
import { createLine } from '../../src/gateway/log.ts'
import { readIntake } from '../../src/gateway/intake.ts'
import { recognise } from '../../src/gateway/recognise.ts'
import { decideReply } from '../../src/gateway/reply.ts'
import { splitUrl } from '../../src/gateway/request-url.ts'
import { toReplyResponse } from '../../src/gateway/response.ts'
import { verifyWebhook } from '../../src/gateway/verify.ts'
import { EMPTY_KEY_RING, parseKeyRing, type KeyRing } from '../../src/twilio/keyring.ts'
import { CONFIG } from './config.ts'
import type { BenchEnv } from './env.ts'
import { storeWebhook } from './store-webhook.ts'

const endpoints = prepareEndpoints(CONFIG)
const refuse = () => new Response(null, { status: 403 })
const nonce = () => crypto.randomUUID()

let ring: KeyRing | undefined

export default {
  async fetch(request, env, context) {
    ring ??= toRing(env.TWILIO_AUTH_TOKENS)
    const { path, query, pathAndQuery } = splitUrl(request.url)
    const route = endpoints.find(path)
    if (!route) return refuse()
    const intake = await readIntake(request, query)
    if (!intake.ok) return refuse()
    const url = `${CONFIG.publicUrl}${pathAndQuery}`
    const verified = verifyWebhook(url, intake.value, request.headers, ring)
    if (!verified.ok) return refuse()
    const startedAt = Date.now()
    const line = createLine(request.method)
    const waitUntil = (work: Promise<unknown>) => context.waitUntil(work)
    const visit = { request, waitUntil, startedAt, stepAt: startedAt, line }
    const admission = { ...verified.value, route, intake: intake.value }
    const { kind, messages } = recognise(admission, nonce, visit)
    const { params } = verified.value.webhook
    const reply = await decideReply(
      {
        endpoint: route.endpoint,
        kind,
        params,
        now: startedAt,
        limitMs: 1_000,
        toOriginRequest: unreachable,
      },
      unreachable,
    )
    if (env.KV) await storeWebhook(request, JSON.stringify(messages[0]), reply.body, env, context)
    return toReplyResponse(reply)
  },
} satisfies ExportedHandler<BenchEnv>

function toRing(tokens: string): KeyRing {
  const parsed = parseKeyRing(tokens)
  return parsed.ok ? parsed.value : EMPTY_KEY_RING
}

function unreachable(): never {
  throw new Error('no endpoint asks an origin')
}
