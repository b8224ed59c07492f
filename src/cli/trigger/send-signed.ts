/** Sends the requests of a scenario as Twilio would, and takes "nobody answers" for an answer. */
import { randomUUID } from 'node:crypto'
import type { Param } from '../../twilio/params.ts'
import { toReason } from '../terminal/errors.ts'
import type { Answer } from './call/answer.ts'
import type { CallRequest } from './call/call-request.ts'
import { toRealisticWebhook } from './realistic.ts'
import { sendWebhook, toSignedWebhook, type SignedWebhook } from './signed-webhook.ts'
import type { Signer } from './signer.ts'

export interface SendOptions {
  signer: Signer
  publicUrl: string | null
  /** Parameters of the user's own, which every request says unless the scenario says them itself. */
  set: readonly Param[]
}

export function toScenarioWebhook(
  request: CallRequest,
  { signer, publicUrl, set }: SendOptions,
): SignedWebhook {
  const own = set.filter(([name]) => !request.set.some(([each]) => each === name))
  const webhook = toRealisticWebhook(request.kind, {
    account: signer.account,
    set: [...request.set, ...own],
  })
  const pairs = webhook.pairs.filter(([name]) => request.without?.includes(name) !== true)
  return toSignedWebhook(
    { ...webhook, pairs },
    {
      to: request.url,
      publicUrl,
      method: request.method,
      authToken: signer.token,
      idempotencyToken: randomUUID(),
    },
  )
}

export async function sendForAnswer(webhook: SignedWebhook): Promise<Answer> {
  const started = performance.now()
  try {
    return { ...(await sendWebhook(webhook)), failure: null }
  } catch (error) {
    const durationMs = performance.now() - started
    const failure = `no answer: ${toReason(error)}`
    return { status: 0, contentType: '', text: '', durationMs, failure }
  }
}
