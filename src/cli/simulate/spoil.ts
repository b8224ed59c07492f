/** What enemies do to a request that Twilio signed, or would sign; and what they must be answered. Pure. */
import type { SignedWebhook } from '../trigger/signed-webhook.ts'
import type { Enemy } from './mix.ts'

/** Over the 256 KB that a gateway reads. */
export const HUGE_CHARS = 300_000

/** Forged: nobody who lacks the token can know more than that. Huge: signed, and still not read. */
const EXPECTED: Readonly<Record<Enemy, readonly number[]>> = {
  forged: [403],
  replayed: [403],
  truncated: [403],
  huge: [413, 403],
  foreign: [403],
}

export const isRefused = (enemy: Enemy, status: number) => EXPECTED[enemy].includes(status)

/** Whether its key is another than the account's. */
export const isForeignKey = (enemy: Enemy | null) => enemy === 'forged' || enemy === 'foreign'

/** The signature stays as it was. */
export function spoilBody(webhook: SignedWebhook, enemy: Enemy | null): SignedWebhook {
  const body = webhook.body ?? ''
  if (enemy === 'truncated') return { ...webhook, body: body.slice(0, Math.floor(body.length / 2)) }
  if (enemy === 'replayed') return { ...webhook, body: `${body}&Injected=1` }
  return webhook
}
