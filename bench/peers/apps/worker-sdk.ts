/**
 * A Worker with Hono and Twilio's SDK that posts to the target: before it answers, so that Twilio learns
 * of a failure, or behind its answer with `waitUntil`, as Cloudflare's documentation shows for work that
 * the answer does not need.
 */
import { Hono } from 'hono'
import MessagingResponse from 'twilio/lib/twiml/MessagingResponse.js'
import { validateRequest } from 'twilio/lib/webhooks/webhooks.js'

interface Env {
  TWILIO_AUTH_TOKENS: string
  TARGET_URL: string
  /** When the target is called: `before` the answer or `after` it. */
  POSTS: 'before' | 'after'
}

const TIMEOUT_MS = 10_000
const app = new Hono<{ Bindings: Env }>()

app.post('/sms', async (c) => {
  const params = await c.req.parseBody()
  const signature = c.req.header('x-twilio-signature') ?? ''
  if (!validateRequest(c.env.TWILIO_AUTH_TOKENS, signature, c.req.url, params)) {
    return c.text('Forbidden', 403)
  }
  if (c.env.POSTS === 'after') c.executionCtx.waitUntil(post(c.env.TARGET_URL, params))
  else await post(c.env.TARGET_URL, params)
  const twiml = new MessagingResponse()
  twiml.message(`Thanks for: ${String(params['Body'])}`)
  return c.body(twiml.toString(), 200, { 'content-type': 'text/xml' })
})

/** Throws when the target did not take it: Hono makes 500 of that. */
async function post(url: string, params: object): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(params),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  await answer.arrayBuffer()
  if (!answer.ok) throw new Error(`the target answered ${answer.status}`)
}

export default app
