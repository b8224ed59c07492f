/**
 * The secrets that go into `.dev.vars`: Twilio's token from standard input, the environment or a hidden
 * question, and signing secrets that are made here. None is ever shown.
 */
import { text as readAll } from 'node:stream/consumers'
import { CONSOLE_SECRETS, TOKENS_SECRET } from '../../config/secret-names.ts'
import { isAccountSid } from '../../twilio/account.ts'
import { parseKeyRing } from '../../twilio/keyring.ts'
import type { ReadSecret } from '../project/secrets.ts'
import { makePassword, makeSigningSecret } from '../project/state.ts'
import { UsageError } from '../terminal/errors.ts'
import { askSecret, askText } from '../terminal/prompts.ts'
import type { Terminal } from '../terminal/terminal.ts'
import type { NewSecret } from './dev-vars.ts'

const [PASSWORDS_SECRET] = CONSOLE_SECRETS

export const ACCOUNT_NAME = 'TWILIO_ACCOUNT_SID'

export interface SecretOptions {
  /** `--token-stdin`. */
  tokenStdin?: boolean | undefined
  account?: string | undefined
  yes?: boolean | undefined
}

/** @param read the environment, then `.dev.vars` as it is */
export async function readNewSecrets(
  options: SecretOptions,
  signingSecrets: readonly string[],
  read: ReadSecret,
  terminal: Terminal,
): Promise<NewSecret[]> {
  const { account } = options
  if (account !== undefined) refuseAccount(checkAccount(account))
  const asks = terminal.isInteractive && options.yes !== true
  const token = await readToken(options, read, asks ? terminal : null)
  const sid =
    account ?? read(ACCOUNT_NAME) ?? (asks && token !== '' ? await askAccount(terminal) : '')
  return [
    {
      name: TOKENS_SECRET,
      value: token,
      comment: "The auth token of your Twilio account, from the first page of Twilio's console.",
    },
    ...(sid === ''
      ? []
      : [{ name: ACCOUNT_NAME, value: sid, comment: 'The account that the token belongs to.' }]),
    ...signingSecrets.map((name) => ({
      name,
      value: read(name) ?? makeSigningSecret(),
      comment: 'Signs what your service gets: give it this value, to check the signature with.',
    })),
    {
      name: PASSWORDS_SECRET,
      value: read(PASSWORDS_SECRET) ?? makePassword(),
      comment:
        "The console's password, of the user `operator`: docs/console.md has more users and ways.",
    },
  ]
}

/** Empty: it is to be filled in later. */
async function readToken(
  { tokenStdin }: SecretOptions,
  read: ReadSecret,
  person: Terminal | null,
): Promise<string> {
  if (tokenStdin === true) return toChecked(await readStandardInput())
  // One token under the name that Twilio's own tools use is good here too.
  const found = read(TOKENS_SECRET) ?? read('TWILIO_AUTH_TOKEN')
  if (found !== undefined) return toChecked(found)
  if (person === null) return ''
  return askSecret(person, {
    message: "Your account's auth token, not shown (empty: later)",
    instead: '--token-stdin',
    check: (text) => (text.trim() === '' ? undefined : checkToken(text)),
  })
}

async function readStandardInput(): Promise<string> {
  if (process.stdin.isTTY) {
    throw new UsageError('--token-stdin reads a pipe, and there is none.', {
      next: 'Leave it out to be asked, or pipe the token in: … | switchboard init --token-stdin',
    })
  }
  return readAll(process.stdin)
}

function toChecked(secret: string): string {
  const problem = checkToken(secret)
  if (problem !== undefined) throw new UsageError(problem, { code: 'bad_auth_token' })
  // A key ring may come in several lines, and a line of `.dev.vars` is one.
  const trimmed = secret.trim()
  return trimmed.startsWith('{') ? JSON.stringify(JSON.parse(trimmed)) : trimmed
}

function checkToken(secret: string): string | undefined {
  const ring = parseKeyRing(secret)
  return ring.ok ? undefined : `The auth token ${ring.error.hint}.`
}

async function askAccount(terminal: Terminal): Promise<string> {
  return askText(terminal, {
    message: 'Its account SID, AC… (empty: later)',
    instead: '--account AC…',
    check: (text) => (text.trim() === '' ? undefined : checkAccount(text.trim())),
  })
}

const checkAccount = (text: string): string | undefined =>
  isAccountSid(text) ? undefined : 'An account SID is AC and 32 hex digits.'

function refuseAccount(problem: string | undefined): void {
  if (problem !== undefined) throw new UsageError(`--account: ${problem}`)
}
