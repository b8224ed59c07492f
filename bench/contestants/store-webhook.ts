/**
 * The calls that the gateway makes for a webhook, for the peers: is it known, keep it, remember it.
 * As little around them as possible: the queue gets the form as it came.
 */
import type { BenchEnv } from './env.ts'

/** False when the webhook was seen before. Does nothing without bindings. */
export async function storeWebhook(
  request: Request,
  form: string,
  reply: string,
  { KV, EVENTS }: BenchEnv,
  context: Pick<ExecutionContext, 'waitUntil'>,
): Promise<boolean> {
  if (!KV || !EVENTS) return true
  const key = `token:${request.headers.get('i-twilio-idempotency-token')}`
  if ((await KV.get(key)) !== null) return false
  await EVENTS.send(form, { contentType: 'text' })
  context.waitUntil(KV.put(key, reply, { expirationTtl: 86_400 }))
  return true
}
