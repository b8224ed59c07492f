/** What enemies do to a request that Twilio signed, or would sign; and what they must be answered. Pure. */
import { toBodyHash } from '../../twilio/signature.ts'
import type { SignedWebhook } from '../trigger/signed-webhook.ts'
import type { Enemy } from './mix.ts'

/** Over the 256 KB that a gateway reads. */
export const HUGE_CHARS = 300_000

/** Forged: nobody who lacks the token can know more than that. Huge: signed, and still not read. */
const EXPECTED: Readonly<Record<Enemy, readonly number[]>> = {
  forged: [403],
  replayed: [403],
  rehashed: [403],
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
  if (enemy !== 'replayed' && enemy !== 'rehashed') return webhook
  const injected = inject(body)
  const url = enemy === 'rehashed' ? rehash(webhook.url, injected) : webhook.url
  return { ...webhook, url, body: injected }
}

/** One parameter more, or one event more. */
function inject(body: string): string {
  if (!body.startsWith('[')) return `${body}&Injected=1`
  return `${body.slice(0, -1)},{"specversion":"1.0","type":"injected","id":"EZ0"}]`
}

/** The hash in the URL is the body's again; only the signature over the URL is not. */
function rehash(url: string, body: string): string {
  return url.replace(/(?<=bodySHA256=)[0-9a-f]+/, toBodyHash(Buffer.from(body)))
}
