/** Whose webhooks they are: an account and the token that it signs with, which is never printed. */
import { TOKENS_SECRET } from '../../config/secret-names.ts'
import { keysFor, parseKeyRing, type KeyRing } from '../../twilio/keyring.ts'
import { createSecretReader } from '../project/secrets.ts'
import { readLocalSecret } from '../project/state.ts'
import { UsageError } from '../terminal/errors.ts'

export interface Signer {
  account: string
  token: string
}

/** @param account Undefined: the first of the key ring. */
export function readSigner(account: string | undefined, state: string): Signer {
  const [key] = keysFor(readRing(state), account ?? null)
  if (!key) throw new UsageError(`${TOKENS_SECRET} has no key for that account.`)
  return { account: account ?? key.account ?? `AC${'0'.repeat(32)}`, token: key.token }
}

/** From the environment, `.dev.vars`, or what a demo made up in its state folder. */
export function readRing(state: string): KeyRing {
  const read = createSecretReader(process.env, process.cwd())
  const secret = read(TOKENS_SECRET) ?? readLocalSecret(state, TOKENS_SECRET)
  if (secret === undefined) {
    throw new UsageError(
      `${TOKENS_SECRET} is missing: set it in the environment or .dev.vars, to what the gateway has.`,
    )
  }
  const ring = parseKeyRing(secret)
  if (!ring.ok) throw new UsageError(`${TOKENS_SECRET} ${ring.error.hint}`)
  return ring.value
}
