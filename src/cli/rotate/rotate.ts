/** `switchboard rotate`: a new auth token for a Twilio account, without losing a webhook. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseDuration } from '../../config/duration.ts'
import { isAccountSid } from '../../twilio/account.ts'
import { DEFAULT_CONFIG_FILE, loadConfigFile } from '../project/config-file.ts'
import { createSecretReader } from '../project/secrets.ts'
import { claimState, DEFAULT_STATE } from '../project/state.ts'
import { UsageError } from '../terminal/errors.ts'
import { createTerminal } from '../terminal/terminal.ts'
import { InvalidArgumentError, type DefineVerb } from '../terminal/verb.ts'
import { connectTwilio } from '../twilio/client.ts'
import { openMemory } from './memory.ts'
import { openRingFile, type RingFile } from './ring-file.ts'
import { lookOnly, runRotation } from './run.ts'
import type { Rotation } from './rotation.ts'
import { toData, toText } from './show.ts'
import { createTokens } from './tokens.ts'
import { openWorkers } from './workers.ts'

interface Options {
  account?: string | undefined
  config: string
  via?: string | undefined
  wait?: number | undefined
  settle: number
  yes?: true | undefined
  force?: true | undefined
  abort?: true | undefined
  json?: true | undefined
}

export const defineRotate: DefineVerb = (verb) => {
  verb
    .option(
      '--account <sid>',
      'the account; default: TWILIO_ACCOUNT_SID, or the only one in the ring',
    )
    .option('--via <url>', "the deployed gateway's origin; default: publicUrl of the config")
    .option('--config <file>', 'the config', DEFAULT_CONFIG_FILE)
    .option('--wait <duration>', 'wait that long, at most, for the old key to fall silent', toMs)
    .option('--settle <duration>', 'time for an upload to be everywhere', toMs, SETTLE_MS)
    .option('--yes', 'answer every question with yes')
    .option('--force', 'remove the old key although it may still sign')
    .option('--abort', 'delete the new token again; only before it is promoted')
    .option('--status', 'show where the rotation stands, and change nothing')
    .option('--dry-run', 'the same as --status')
    .action(async ({ status, dryRun, ...options }) => {
      const folder = process.cwd()
      const rotation = await openRotation(options, folder)
      const isLook = status === true || dryRun === true
      const claim = isLook ? null : claimRotation(folder)
      try {
        const progress = await (isLook ? lookOnly(rotation) : runRotation(rotation))
        const { account, terminal } = rotation
        terminal.result(toData(account, progress), toText(account, progress))
      } finally {
        claim?.release()
      }
    })
}

async function openRotation(options: Options, folder: string): Promise<Rotation> {
  const { env } = process
  const terminal = createTerminal({ json: options.json })
  const file = openRingFile(env, folder)
  const read = createSecretReader(env, folder)
  const account = toAccount(options.account ?? read('TWILIO_ACCOUNT_SID'), file)
  const twilio = await connectTwilio((name) =>
    name === 'TWILIO_ACCOUNT_SID' ? account : read(name),
  )
  twilio.tell((text) => terminal.note(text))
  let workers: Promise<Awaited<ReturnType<typeof openWorkers>>> | null = null
  const open = async () => openWorkers({ env, folder, origin: await toOrigin(options) })
  return {
    account,
    file,
    terminal,
    tokens: createTokens(twilio, account),
    memory: openMemory(join(folder, MEMORY), account),
    workers: () => (workers ??= open()),
    isSure: options.yes === true,
    isAborting: options.abort === true,
    isForced: options.force === true,
    settleMs: options.settle,
    waitMs: options.wait ?? 0,
    envLogin: env['TWILIO_AUTH_TOKEN'],
    now: Date.now,
    sleep,
  }
}

/** Health is answered by one isolate in one place; the others get a new secret a little later. A guess. */
const SETTLE_MS = 30_000
const MEMORY = join(DEFAULT_STATE, 'rotate')

/** Two at once would create two tokens. */
function claimRotation(folder: string) {
  try {
    return claimState(join(folder, MEMORY))
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    throw new UsageError('Another rotation runs in this folder.', { code: 'rotation_running' })
  }
}

function toAccount(named: string | undefined, file: RingFile): string {
  const [only, ...others] = file.read().ring.accounts.keys()
  const account = named ?? (others.length === 0 ? only : undefined)
  if (account !== undefined && isAccountSid(account)) return account
  const isMissing = account === undefined
  throw new UsageError(isMissing ? 'Which account?' : 'The account is not AC and 32 hex digits.', {
    code: isMissing ? 'account_missing' : 'account_sid_invalid',
    next: 'Pass --account AC…, or set TWILIO_ACCOUNT_SID.',
  })
}

async function toOrigin({ via, config }: Options): Promise<string> {
  const url = via ?? (await loadConfigFile(config, { local: false })).publicUrl
  if (url !== null && URL.canParse(url) && /^https?:/.test(url)) return new URL(url).origin
  throw new UsageError('It is not known where the gateway answers.', {
    code: 'origin_missing',
    next: 'Pass --via https://…, or set publicUrl in the config.',
  })
}

function toMs(text: string): number {
  const ms = parseDuration(text)
  if (typeof ms === 'number') return ms
  throw new InvalidArgumentError('write a duration such as 10m')
}
