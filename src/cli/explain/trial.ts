/**
 * Tries guesses against one signature, within a budget: a capture is untrusted, and a large one must
 * not keep a terminal busy.
 */
import { isSignedBy } from '../../twilio/hmac.ts'
import type { NamedKey } from '../../twilio/keyring.ts'
import { toAppended, toForms, type Signed } from './signed.ts'

/** Under a second on a laptop. */
export const MAX_HMACS = 60_000
/** Characters hashed in all. */
const MAX_CHARS = 60_000_000

export interface Match {
  /** The URL in the spelling that was signed. */
  url: string
  key: NamedKey
}

export interface Trial {
  /** @param maxForms How many spellings of the URL are worth trying. */
  find(signed: Signed, keys: readonly NamedKey[], maxForms: number): Match | null
  readonly isExhausted: boolean
  readonly hmacs: number
}

export function createTrial(digests: readonly Uint8Array[]): Trial {
  let hmacs = 0
  let chars = 0
  const tried = new Map<string, number>()
  const isExhausted = () => hmacs >= MAX_HMACS || chars >= MAX_CHARS

  function tryText(text: string, keys: readonly NamedKey[]): NamedKey | null {
    // The same text with more keys than before is new.
    if ((tried.get(text) ?? 0) >= keys.length) return null
    tried.set(text, keys.length)
    for (const key of keys) {
      for (const digest of digests) {
        if (isExhausted()) return null
        hmacs++
        chars += text.length
        if (isSignedBy(key.token, text, digest)) return key
      }
    }
    return null
  }

  return {
    find(signed, keys, maxForms) {
      const appended = toAppended(signed)
      for (const url of toForms(signed).take(maxForms)) {
        const key = tryText(url + appended, keys)
        if (key) return { url, key }
      }
      return null
    },
    get isExhausted() {
      return isExhausted()
    },
    get hmacs() {
      return hmacs
    },
  }
}
