/**
 * A signed test event through the whole way: gateway, queue, consumer, ledger. It is signed as Twilio
 * signs, so it shows that keys and address fit together; no ordinary target gets it.
 */
import { z } from 'zod'
import type { KeyRing } from '../../twilio/keyring.ts'
import type { D1Database } from '../cloudflare/d1.ts'
import { sendWebhook, toSignedWebhook } from '../trigger/signed-webhook.ts'
import { toReason, WorkError } from '../terminal/errors.ts'
import { CLOCK, waitFor, type Clock } from '../cloudflare/wait-for.ts'

export interface TestOptions {
  /** Where it is sent. */
  via: string
  /** Whose address is signed. */
  url: string
  ring: KeyRing
  /** One of them gets it. */
  ledgers: readonly D1Database[]
  /** Tells this test from any other. */
  testId: string
  waitMs: number
  onProgress: (text: string) => void
  clock?: Clock
}

const TEST_PATH = '/healthz'
/** For a ring that names no account: any key is tried for any account then. */
const ANY_ACCOUNT = `AC${'0'.repeat(32)}`
/** A new secret is everywhere within seconds; a wrong one stays wrong. */
const REFUSED_WAIT_MS = 15_000

const Count = z.object({ seq: z.number().nullable() })

/** Milliseconds from the gateway's answer to the ledger's. */
export async function sendTestEvent(options: TestOptions): Promise<number> {
  const { ledgers, testId, waitMs, onProgress, clock = CLOCK } = options
  // A ledger may be large: only what comes from now on is looked at.
  const newest = await Promise.all(
    ledgers.map(async (ledger) => {
      const [row] = await ledger.query('SELECT max(seq) AS seq FROM events', [], Count)
      return row?.seq ?? 0
    }),
  )
  await post(options, clock)
  const startedAt = clock.now()
  onProgress('the gateway took it')
  const sql = 'SELECT seq FROM events WHERE seq > ? AND subject = ? LIMIT 1'
  const found = await waitFor(
    async () => {
      const asked = ledgers.map((ledger, i) => ledger.query(sql, [newest[i] ?? 0, testId], Count))
      return (await Promise.all(asked)).flat()[0] ?? null
    },
    waitMs,
    clock,
  )
  if (found) return clock.now() - startedAt
  throw new WorkError('The gateway took the test event, and it did not reach the ledger in time.', {
    code: 'test_lost',
    next:
      'Look at the consumer: npx wrangler tail switchboard-consumer, or its logs in the dashboard. ' +
      'The event waits in the queue switchboard-events or in the outbox.',
  })
}

async function post(options: TestOptions, clock: Clock): Promise<void> {
  const { waitMs, onProgress } = options
  const webhook = toTestWebhook(options)
  const startedAt = clock.now()
  let last = ''
  const taken = await waitFor(
    async () => {
      const status = await trySend(webhook)
      if (status === 204) return true
      last = typeof status === 'number' ? `answered ${status}` : `gave no answer (${status.reason})`
      if (status === 403 && clock.now() - startedAt >= REFUSED_WAIT_MS) throw toRefused()
      onProgress(`the gateway ${last}`)
      return null
    },
    waitMs,
    clock,
  )
  if (taken) return
  if (last === 'answered 403') throw toRefused()
  throw new WorkError(`The gateway ${last} to the test event.`, {
    code: 'test_refused',
    next: 'Look at the gateway: npx wrangler tail switchboard. --no-test leaves the test out.',
  })
}

function toTestWebhook({ via, url, ring, testId }: TestOptions) {
  const [key] = ring.all
  if (!key) throw new TypeError('an empty ring')
  const pairs = [
    ['AccountSid', key.account ?? ANY_ACCOUNT],
    ['TestId', testId],
  ] as const
  return toSignedWebhook(
    { pairs: pairs.map(([name, value]) => [name, value]), isHandshake: false },
    {
      to: new URL(TEST_PATH, via).href,
      publicUrl: url,
      method: 'POST',
      authToken: key.token,
      idempotencyToken: testId,
    },
  )
}

async function trySend(webhook: ReturnType<typeof toTestWebhook>) {
  try {
    return (await sendWebhook(webhook)).status
  } catch (error) {
    return { reason: toReason(error) }
  }
}

const toRefused = () =>
  new WorkError('The gateway refuses the signature of the test event.', {
    code: 'test_unsigned',
    next:
      'TWILIO_AUTH_TOKENS here is not what the gateway has, or publicUrl is not its address. ' +
      'switchboard deploy --update-secrets uploads what is here; --no-test leaves the test out.',
  })
