/**
 * What the tutorials teach: Express with the middleware of Twilio's SDK, which does the work and then
 * answers. The middleware as in Twilio's own guide, "Secure your Express app by validating incoming Twilio
 * requests"; the time-out for the call and `trust proxy` are what a careful hand adds.
 */
import express from 'express'
import twilio from 'twilio'

const { PORT, TARGET_URL = '' } = process.env
/** Twilio waits for 15 seconds. */
const TIMEOUT_MS = 10_000

const app = express()
// TLS ends at a proxy; without this the signed `https:` URL cannot be put together again.
app.set('trust proxy', 'loopback')
app.use(express.urlencoded({ extended: false }))

// The token is in TWILIO_AUTH_TOKEN.
// Express 5 makes 500 of what is thrown here; the rule knows Express 4.
// oxlint-disable-next-line oxc/no-async-endpoint-handlers
app.post('/sms', twilio.webhook(), async (request, response) => {
  const params: Record<string, string> = request.body
  const answer = await fetch(TARGET_URL, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(params),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  await answer.arrayBuffer()
  // Twilio is to know of it: it has a fallback URL, and retries if it was asked to.
  if (!answer.ok) throw new Error(`the target answered ${answer.status}`)
  const twiml = new twilio.twiml.MessagingResponse()
  twiml.message(`Thanks for: ${params['Body']}`)
  response.type('text/xml').send(twiml.toString())
})

app.listen(Number(PORT), '127.0.0.1')
