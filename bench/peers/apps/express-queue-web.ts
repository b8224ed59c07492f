/**
 * The grown-up version: Express with the SDK's middleware takes the webhook, Redis says whether it is new,
 * BullMQ keeps it, and Twilio gets its answer. Another process posts to the target.
 *
 * From BullMQ's documentation: the queue fails fast while Redis is away ("Failing fast when Redis is
 * down"), jobs retry with exponential back-off ("Retrying failing jobs"; its example has three attempts,
 * here there are five, as our own target has), few completed jobs are kept and all failed ones ("Going to
 * production"), errors are listened to.
 */
import { Queue } from 'bullmq'
import express from 'express'
import { Redis } from 'ioredis'
import twilio from 'twilio'

const { PORT, REDIS_PORT } = process.env
/** Twilio's retries end within 15 seconds; a day is what others keep such keys for. */
const SEEN_SECONDS = 86_400

const connection = { host: '127.0.0.1', port: Number(REDIS_PORT), enableOfflineQueue: false }
const redis = new Redis({ ...connection, retryStrategy: toDelayMs })
const queue = new Queue('webhooks', {
  connection: { ...connection, retryStrategy: toDelayMs },
  defaultJobOptions: {
    attempts: 5,
    backoff: { type: 'exponential', delay: 1_000 },
    removeOnComplete: 1_000,
    removeOnFail: false,
  },
})
redis.on('error', () => {})
queue.on('error', () => {})

/** Sooner than the default of a second: each second without Redis is a second of refused webhooks. */
function toDelayMs(times: number): number {
  return Math.min(times * 50, 2_000)
}

const app = express()
app.set('trust proxy', 'loopback')
app.use(express.urlencoded({ extended: false }))

// Express 5 makes 500 of what is thrown here; the rule knows Express 4.
// oxlint-disable-next-line oxc/no-async-endpoint-handlers
app.post('/sms', twilio.webhook(), async (request, response) => {
  const params: Record<string, string> = request.body
  const token = request.get('i-twilio-idempotency-token') ?? params['MessageSid'] ?? ''
  const key = `seen:${token}`
  if ((await redis.set(key, '1', 'EX', SEEN_SECONDS, 'NX')) === 'OK') {
    try {
      await queue.add('webhook', params, { jobId: token })
    } catch (error) {
      // Or a retry would be taken for a copy of what is stored nowhere.
      await redis.del(key).catch(() => {})
      throw error
    }
  }
  const twiml = new twilio.twiml.MessagingResponse()
  twiml.message(`Thanks for: ${params['Body']}`)
  response.type('text/xml').send(twiml.toString())
})

await queue.waitUntilReady()
app.listen(Number(PORT), '127.0.0.1')
