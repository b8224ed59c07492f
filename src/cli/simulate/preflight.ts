/**
 * Before a deployed gateway gets hundreds of webhooks: whether it is one, is well, and knows the keys. Asks
 * `/healthz`, then posts a signed test to it, an event that no ordinary target gets.
 */
import { randomUUID } from 'node:crypto'
import { askHealth, type Health } from '../../config/published/health.ts'
import { TOKENS_SECRET } from '../../config/secret-names.ts'
import { toReason, WorkError } from '../terminal/errors.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { sendWebhook, toSignedWebhook } from '../trigger/signed-webhook.ts'
import type { Signer } from '../trigger/signer.ts'

export interface Preflight {
  gateway: string
  publicUrl: string | null
  signer: Signer
  /** The token that is going to be promoted; null: none is. */
  second: string | null
}

/** Throws a WorkError that says what is wrong; nothing but `/healthz` was asked then. */
export async function checkGateway(
  { gateway, publicUrl, signer, second }: Preflight,
  terminal: Pick<Terminal, 'warn'>,
): Promise<void> {
  const { origin } = new URL(gateway)
  const problem = toProblem(await askHealth(origin))
  if (problem !== null) throw toUnwell(origin, problem)
  const tryKey = (token: string) => postTest({ origin, publicUrl, signer: { ...signer, token } })
  const status = await tryKey(signer.token)
  if (status === 403) {
    throw new WorkError(`${origin} refuses what ${TOKENS_SECRET} here signs: nothing was sent.`, {
      code: 'key_unknown',
      next: 'Set it to what the gateway has; where its config has a publicUrl, pass --public-url too.',
    })
  }
  if (typeof status !== 'number' || status >= 300) {
    throw toUnwell(
      origin,
      typeof status === 'number' ? `answers ${status} to a test` : status.reason,
    )
  }
  if (second !== null && (await tryKey(second)) === 403) {
    terminal.warn(
      `${origin} does not know the key to be promoted: it will refuse all that follows.`,
    )
  }
}

/** Null: a gateway, and well. Whoever redirects is none, and is not followed. */
function toProblem(health: Health): string | null {
  if (health.kind === 'unreachable') return `cannot be reached (${health.reason})`
  if (health.kind === 'foreign') return `answers ${health.status}, and not as a gateway does`
  return health.problems.length === 0 ? null : `says: ${health.problems.join('; ')}`
}

const toUnwell = (origin: string, problem: string) =>
  new WorkError(`${origin}/healthz ${problem}: nothing was sent.`, {
    code: 'gateway_unwell',
    next: `Look at ${origin}/healthz; it has to say "ok".`,
  })

interface Test {
  origin: string
  publicUrl: string | null
  signer: Signer
}

async function postTest({ origin, publicUrl, signer }: Test): Promise<number | { reason: string }> {
  const testId = randomUUID()
  const webhook = toSignedWebhook(
    {
      pairs: [
        ['AccountSid', signer.account],
        ['TestId', testId],
      ],
      isHandshake: false,
    },
    {
      to: `${origin}/healthz`,
      publicUrl,
      method: 'POST',
      authToken: signer.token,
      idempotencyToken: testId,
    },
  )
  try {
    return (await sendWebhook(webhook)).status
  } catch (error) {
    return { reason: `gives no answer to a test (${toReason(error)})` }
  }
}
