/** A planned request as it goes over the wire: whole, signed, and spoiled if an enemy sends it. */
import { z } from 'zod'
import type { Json } from '../../events/event.ts'
import type { Param } from '../../twilio/params.ts'
import { toRealisticWebhook, type RealisticWebhook } from '../trigger/realistic.ts'
import { toSignedWebhook, type SignedWebhook } from '../trigger/signed-webhook.ts'
import type { Signer } from '../trigger/signer.ts'
import { createChance } from './seeded.ts'
import { HUGE_CHARS, isForeignKey, spoilBody } from './spoil.ts'
import type { PlannedRequest } from './stories.ts'

export interface Identity {
  signer: Signer
  publicUrl: string | null
  /** What webhooks say when they happened: one time for all, so that a copy is one. */
  date: Date
}

const MAX_BATCH = 5

export function toWebhook(
  planned: Pick<PlannedRequest, 'request' | 'token' | 'seed' | 'enemy' | 'isBasic'>,
  { signer, publicUrl, date }: Identity,
): SignedWebhook {
  const { request, token, seed, enemy, isBasic } = planned
  const chance = createChance(seed)
  const account = enemy === 'foreign' ? `AC${chance.hex(32)}` : signer.account
  const padding: Param[] = enemy === 'huge' ? [['Padding', 'x'.repeat(HUGE_CHARS)]] : []
  const make = () =>
    toRealisticWebhook(request.kind, {
      account,
      set: [...request.set, ...padding],
      date,
      makeSid: (prefix) => prefix + chance.hex(32),
    })
  const made =
    request.kind === 'event-streams' ? toBatch(make, 1 + chance.below(MAX_BATCH)) : make()
  const pairs = made.pairs.filter(([name]) => request.without?.includes(name) !== true)
  const signed = toSignedWebhook(
    { ...made, pairs },
    {
      to: request.url,
      publicUrl,
      method: request.method,
      authToken: isForeignKey(enemy) ? chance.hex(32) : signer.token,
      idempotencyToken: token,
    },
  )
  const headers = isBasic ? { ...signed.headers, authorization: toBasic(seed) } : signed.headers
  return spoilBody({ ...signed, headers }, enemy)
}

/** Made up, as if somebody had set them for the sink. The signature is what counts. */
const toBasic = (seed: string) => `Basic ${Buffer.from(`events:${seed}`).toString('base64')}`

const Batch = z.array(z.object({ id: z.string() }))

/** The ids in a batch; empty for anything else, and for what an enemy has broken. */
export function toStreamedIds({ headers, body }: SignedWebhook): string[] {
  if (headers['content-type'] !== 'application/json' || body === null) return []
  const batch = Batch.safeParse(parseJson(body))
  return batch.success ? batch.data.map(({ id }) => id) : []
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function toBatch(make: () => RealisticWebhook, size: number): RealisticWebhook {
  const json: Json[] = Array.from({ length: size }, () => make().json ?? []).flat()
  return { pairs: [], json, isHandshake: false }
}
