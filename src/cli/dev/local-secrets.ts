/**
 * The secrets of the local Workers. They get them when they start: what a changed config names later has
 * to be among them.
 */
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { CONSOLE_SECRETS, TOKENS_SECRET } from '../../config/secret-names.ts'
import { parseKeyRing } from '../../twilio/keyring.ts'
import { readSecrets, type ReadSecret } from '../project/secrets.ts'
import { UsageError } from '../terminal/errors.ts'

export interface SecretNeeds {
  /** Those that the config names. */
  names: readonly string[]
  /** Twilio itself will call, and signs with the account's own token. */
  isPublic: boolean
  /** The console asks who one is. Without those secrets it lets in whoever is on this machine. */
  asksForLogin: boolean
  /** Where a `.dev.vars` may be. */
  folders: readonly string[]
}

/** The needed ones, and whatever else is in `.dev.vars`. Throws a UsageError that lists every missing one. */
export function collectSecrets(needs: SecretNeeds, read: ReadSecret): Record<string, string> {
  if (needs.isPublic && read(TOKENS_SECRET) === undefined) {
    throw new UsageError(
      `${TOKENS_SECRET} is missing: what comes through a tunnel is from Twilio itself, which signs with ` +
        'the auth token of your account.',
      {
        code: 'tokens_missing',
        next: "Copy the token from the account's page in Twilio's console into the environment or .dev.vars.",
      },
    )
  }
  const secrets = readSecrets([TOKENS_SECRET, ...needs.names], read)
  const ring = parseKeyRing(secrets[TOKENS_SECRET])
  if (!ring.ok) throw new UsageError(`${TOKENS_SECRET} ${ring.error.hint}`)
  for (const name of [...CONSOLE_SECRETS, ...needs.folders.flatMap(listDevVars)]) {
    const value = read(name)
    if (value !== undefined) secrets[name] ??= value
  }
  decideLogin(secrets, needs.asksForLogin)
  return secrets
}

/** Without `--login` the console does not hear of users: whoever is on this machine may look. */
function decideLogin(secrets: Record<string, string>, asks: boolean): void {
  const given = CONSOLE_SECRETS.filter((name) => secrets[name] !== undefined)
  if (asks && given.length === 0) {
    throw new UsageError(`--login needs one of ${CONSOLE_SECRETS.join(', ')}.`, {
      code: 'login_missing',
      next: 'Set it in the environment or .dev.vars; docs/console.md says how.',
    })
  }
  if (!asks) for (const name of given) delete secrets[name]
}

function listDevVars(folder: string): string[] {
  const path = resolve(folder, '.dev.vars')
  return existsSync(path) ? Object.keys(parseEnv(readFileSync(path, 'utf8'))) : []
}

/**
 * Why the Workers cannot use a changed config: a line for each kind of secret that they lack.
 *
 * @param given what the Workers have
 * @param read what is set now, for a start
 */
export function findLacking(
  names: readonly string[],
  given: Readonly<Record<string, string>>,
  read: ReadSecret,
): string[] {
  const lacking = names.filter((name) => given[name] === undefined)
  const missing = lacking.filter((name) => read(name) === undefined)
  const late = lacking.filter((name) => !missing.includes(name))
  return [
    ...(missing.length > 0
      ? [
          `Missing: ${missing.join(', ')}; set in the environment or .dev.vars, then start dev again`,
        ]
      : []),
    ...(late.length > 0
      ? [`Set, but not when dev started: ${late.join(', ')}; start dev again`]
      : []),
  ]
}
