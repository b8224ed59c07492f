/** What `check` has to say about a config or its secrets, for people and for scripts. */
import type { Problem } from '../../config/problem.ts'

export interface Finding {
  /** As one would write it in TypeScript; a secret's own name where it is about the secret alone. */
  path: string
  /** Stable: a code of the config's check, or one of `check-secrets.ts`. */
  code:
    | Problem['code']
    | 'secret_missing'
    | 'secret_invalid'
    | 'url_invalid'
    | 'tokens_invalid'
    | 'shards_differ'
  message: string
  fix: string
}
