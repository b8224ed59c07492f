/**
 * Signs what is delivered, per Standard Webhooks: HMAC-SHA256 over `id.timestamp.payload`.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 *
 * A secret means here what it means to all official libraries, or it is refused: padded base64, with
 * or without the prefix `whsec_`. Text that is not base64 is not quietly taken as bytes: such a rule
 * would read `correcthorse` as base64 and `correct-horse` as text, and the receiver could not know.
 */
import { Buffer } from 'node:buffer'
import { createHmac } from 'node:crypto'
import { err, ok, type Result } from '../result.ts'

const PREFIX = 'whsec_'
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

export interface SignedContent {
  id: string
  /** Unix time in seconds. */
  timestamp: number
  body: Uint8Array
}

/** The key bytes of a secret. Surrounding white space is dropped: `wrangler secret put` is fed by pipes. */
export function parseSigningSecret(
  secret: string,
): Result<Uint8Array, { reason: 'secret_invalid' }> {
  const trimmed = secret.trim()
  const encoded = trimmed.startsWith(PREFIX) ? trimmed.slice(PREFIX.length) : trimmed
  if (encoded === '' || !BASE64.test(encoded)) return err({ reason: 'secret_invalid' })
  return ok(Buffer.from(encoded, 'base64'))
}

/** The value of `webhook-signature`: one `v1,<base64>` for each key, so that a rotation has no gap. */
export function signStandardWebhook(content: SignedContent, keys: readonly Uint8Array[]): string {
  return keys.map((key) => `v1,${sign(content, key)}`).join(' ')
}

function sign({ id, timestamp, body }: SignedContent, key: Uint8Array): string {
  return createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')
}
