/** What people write: Hono, the validator of Twilio's SDK and its TwiML builder. */
import { Hono } from 'hono'
import MessagingResponse from 'twilio/lib/twiml/MessagingResponse.js'
import { validateRequest } from 'twilio/lib/webhooks/webhooks.js'
import type { BenchEnv } from './env.ts'
import { storeWebhook } from './store-webhook.ts'

const app = new Hono<{ Bindings: BenchEnv }>()

app.post('/sms', async (c) => {
  const params = await c.req.parseBody()
  const signature = c.req.header('x-twilio-signature') ?? ''
  if (!validateRequest(c.env.TWILIO_AUTH_TOKENS, signature, c.req.url, params)) {
    return c.text('Forbidden', 403)
  }
  const twiml = new MessagingResponse()
  twiml.message(`Thanks for: ${String(params['Body'])}`)
  const reply = twiml.toString()
  if (c.env.KV) await storeWebhook(c.req.raw, await c.req.text(), reply, c.env, c.executionCtx)
  return c.body(reply, 200, { 'content-type': 'text/xml' })
})

export default app
