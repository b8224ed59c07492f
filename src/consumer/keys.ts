/** The secrets that deliveries are signed with, by their names in the config and by account. */
import type { RequestContext } from '../delivery/format.ts'
import type { Log } from '../log.ts'
import { EMPTY_KEY_RING, keysFor, parseKeyRing, type KeyRing } from '../twilio/keyring.ts'
import type { ConsumerEnv } from './env.ts'

export function createKeys(
  env: ConsumerEnv,
  log: Log,
): Pick<RequestContext, 'secret' | 'authToken'> {
  let ring: KeyRing | undefined
  const readRing = (): KeyRing => {
    const parsed = parseKeyRing(env.TWILIO_AUTH_TOKENS)
    if (parsed.ok) return parsed.value
    log({ event: 'auth_tokens.refused', reason: parsed.error.reason })
    return EMPTY_KEY_RING
  }
  return {
    secret: (name) => {
      const value = env[name]
      return typeof value === 'string' && value !== '' ? value : undefined
    },
    authToken: (account) => keysFor((ring ??= readRing()), account ?? null)[0]?.token,
  }
}
