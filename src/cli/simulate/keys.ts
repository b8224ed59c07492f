/**
 * Which key signs: the account's token, and from its promotion on the secondary one. A retry is signed
 * anew, with what is current then. https://www.twilio.com/docs/iam/api/authtoken
 */
import { TOKENS_SECRET } from '../../config/secret-names.ts'
import { keysFor } from '../../twilio/keyring.ts'
import { UsageError } from '../terminal/errors.ts'
import { readRing, type Signer } from '../trigger/signer.ts'

export type KeyInUse = 'current' | 'promoted'

export interface Rotation {
  /** The secondary token, which signs nothing before. */
  token: string
  /** When it is promoted, after the start. */
  atMs: number
}

export function toKeyInUse(rotation: Rotation | null, elapsedMs: number): KeyInUse {
  return rotation !== null && elapsedMs >= rotation.atMs ? 'promoted' : 'current'
}

export function toSignerInUse(signer: Signer, rotation: Rotation | null, key: KeyInUse): Signer {
  return rotation !== null && key === 'promoted' ? { ...signer, token: rotation.token } : signer
}

/** The second key of the account's; ends the command where there is none. */
export function readSecondToken({ account }: Signer, state: string): string {
  const [, second] = keysFor(readRing(state), account)
  if (second) return second.token
  throw new UsageError(`--rotate needs a second key in ${TOKENS_SECRET}, to be promoted.`, {
    code: 'second_key_missing',
    next:
      'Give the gateway and this command the same ring, the key in use first: ' +
      '{"AC…": {"primary": "…", "next": "…"}}',
  })
}
