/** Which secrets each Worker needs, and which of them a deploy uploads. Pure. */
import type { CompiledConfig } from '../../config/compiled.ts'
import { CONSOLE_SECRETS, secretNames, TOKENS_SECRET } from '../../config/secret-names.ts'
import { parseKeyRing } from '../../twilio/keyring.ts'
import { parseSettings } from '../../console/access/settings.ts'
import type { Role } from '../cloudflare/wrangler-files.ts'
import type { ReadSecret } from '../project/secrets.ts'
import { UsageError } from '../terminal/errors.ts'

/** @param required What the Worker's wrangler file says that it cannot do without. */
export function toRequiredSecrets(
  role: Role,
  config: CompiledConfig,
  required: readonly string[],
): string[] {
  const isConsumer = role === 'consumer'
  const signsAsTwilio = config.targets.some(({ format }) => format === 'twilio')
  const needsTokens = role === 'gateway' || (isConsumer && signsAsTwilio)
  const own = [...(needsTokens ? [TOKENS_SECRET] : []), ...(isConsumer ? secretNames(config) : [])]
  return [...new Set([...own, ...required])]
}

/** Uploaded when they are known here. Nothing breaks without them: the console stays closed. */
export function toOptionalSecrets(role: Role): readonly string[] {
  return role === 'console' ? CONSOLE_SECRETS : []
}

export interface SecretDecision {
  upload: string[]
  /** Neither here nor at Cloudflare. */
  missing: string[]
}

/** @param there Names of what the Worker has; @param update what is known here replaces it. */
export function decideSecrets(
  needed: readonly string[],
  there: readonly string[],
  read: ReadSecret,
  update: boolean,
): SecretDecision {
  const isHere = (name: string) => read(name) !== undefined
  const isThere = (name: string) => there.includes(name)
  return {
    upload: needed.filter((name) => isHere(name) && (update || !isThere(name))),
    missing: needed.filter((name) => !isHere(name) && !isThere(name)),
  }
}

export function refuseMissing(missing: readonly string[]): void {
  const names = [...new Set(missing)]
  if (names.length === 0) return
  throw new UsageError(`Missing secrets: ${names.join(', ')}. Nothing was changed.`, {
    code: 'secrets_missing',
    next:
      `Set ${names.length === 1 ? 'it' : 'them'} in the environment or as NAME=value lines in .dev.vars, ` +
      'then run switchboard deploy again.',
  })
}

/** Cloudflare's limit. */
const MAX_SECRET_BYTES = 5 * 1024

/** Before anything is changed: what would only fail at Cloudflare, or refuse every webhook there. */
export function checkValues(names: readonly string[], read: ReadSecret): void {
  const ring = read(TOKENS_SECRET)
  const parsed = ring === undefined ? null : parseKeyRing(ring)
  if (parsed && !parsed.ok) throw invalid(`${TOKENS_SECRET} ${parsed.error.hint}.`)
  const users = parseSettings(
    Object.fromEntries(
      CONSOLE_SECRETS.filter((name) => names.includes(name)).map((name) => [name, read(name)]),
    ),
  )
  const [problem] = users.ok ? [] : users.error.problems
  if (problem) throw invalid(`${problem.setting} ${problem.hint}.`)
  const long = names.find((name) => Buffer.byteLength(read(name) ?? '') > MAX_SECRET_BYTES)
  if (long !== undefined) throw invalid(`${long} is longer than the 5 KB of a Worker's secret.`)
}

const invalid = (message: string) =>
  new UsageError(`${message} Nothing was changed.`, {
    code: 'secret_invalid',
    next: 'Mend it in the environment or in .dev.vars, then run switchboard deploy again.',
  })
