/** Sends planned webhooks, signed as Twilio's, at a scenario's pace, and waits until they are done with. */
import { toRealisticWebhook } from '../../src/cli/trigger/realistic.ts'
import { sendWebhook, toSignedWebhook } from '../../src/cli/trigger/signed-webhook.ts'
import { AUTH_TOKEN } from '../webhooks.ts'
import type { Pace, Planned } from './scenarios.ts'
import type { Workers } from './workers.ts'

const ACCOUNT = `AC${'0'.repeat(32)}`
/** In a steady stream also so many a second: fewer than a target's five connections take. */
const AT_A_TIME = 20
const POLL_MS = 50
/** wrangler.consumer.toml: max_batch_timeout, and a target's answer. */
const QUEUE_WAIT_MS = 1_100
const PATIENCE_MS = 120_000

/** Resolves when all of them are done with. */
export async function sendAll(
  planned: readonly Planned[],
  workers: Workers,
  pace: Pace,
): Promise<void> {
  if (pace === 'alone') await sendOneByOne(planned, workers)
  else if (pace === 'burst') await sendInTurns(planned, workers, 0)
  else await sendInTurns(planned, workers, 1_000)
  await untilDone(workers)
}

async function sendOneByOne(planned: readonly Planned[], workers: Workers): Promise<void> {
  for (const one of planned) {
    await send(one, workers.gatewayUrl)
    // Looking takes CPU, too: not before the queue hands it out.
    await wait(QUEUE_WAIT_MS)
    await untilDone(workers)
  }
}

/** So many at a time, each of which takes its turn for so long at least. */
async function sendInTurns(
  planned: readonly Planned[],
  { gatewayUrl }: Workers,
  turnMs: number,
): Promise<void> {
  const waiting = [...planned]
  const turns = Array.from({ length: AT_A_TIME }, async (_, i) => {
    await wait((turnMs * i) / AT_A_TIME)
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      await Promise.all([send(next, gatewayUrl), wait(waiting.length > 0 ? turnMs : 0)])
    }
  })
  await Promise.all(turns)
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

async function send({ kind, path, hasToken, set }: Planned, gatewayUrl: string): Promise<void> {
  const webhook = toRealisticWebhook(kind, { account: ACCOUNT, set })
  const signed = toSignedWebhook(webhook, {
    to: new URL(path, gatewayUrl).href,
    publicUrl: null,
    method: 'POST',
    authToken: AUTH_TOKEN,
    idempotencyToken: crypto.randomUUID(),
  })
  if (!hasToken) delete signed.headers['i-twilio-idempotency-token']
  const { status } = await sendWebhook(signed)
  if (status !== 200 && status !== 204) throw new Error(`${kind} was answered ${status}`)
}

/** Until all that went into the queue is acknowledged. */
async function untilDone(workers: Workers): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS
  for (;;) {
    const { 'queue.write': written, 'queue.delete': deleted } = await workers.counted()
    if (written !== undefined && written === deleted) return
    if (Date.now() > deadline) throw new Error(`${written} written, ${deleted} acknowledged`)
    await wait(POLL_MS)
  }
}
