/**
 * `switchboard trigger`: sends a webhook as Twilio would, signed with the account's own token, and
 * prints what came back. Without arguments it lists the kinds.
 */
import { randomUUID } from 'node:crypto'
import { findKind, KINDS } from '../../twilio/kinds.ts'
import { keysFor, parseKeyRing } from '../../twilio/keyring.ts'
import type { Param } from '../../twilio/params.ts'
import { EXIT, toReason, UsageError, WorkError } from '../terminal/errors.ts'
import { createTerminal, type Terminal } from '../terminal/terminal.ts'
import { InvalidArgumentError, parseHttpUrl, type DefineVerb } from '../terminal/verb.ts'
import { toRealisticWebhook, type RealisticWebhook } from './realistic.ts'
import { createSecretReader, TOKENS_SECRET } from '../project/secrets.ts'
import { sendWebhook, toSignedWebhook, type SignedWebhook } from './signed-webhook.ts'
import { DEFAULT_STATE, readLocalSecret } from '../project/state.ts'

const METHODS = ['GET', 'POST', 'PUT']

export const defineTrigger: DefineVerb = (verb) => {
  verb
    .argument('[kind]', 'the kind of webhook; left out: the list of kinds')
    .option('--to <url>', 'where to send it, e.g. http://127.0.0.1:8787/sms', parseHttpUrl)
    .option('--set <name=value>', 'a parameter of your own; may be repeated', collectSetting, [])
    .option('--method <method>', 'GET, POST or PUT; POST, or what the kind uses')
    .option('--public-url <url>', "sign for this origin instead of --to's", parseHttpUrl)
    .option('--token <token>', 'the idempotency token; the same one again is a retry')
    .option('--account <sid>', 'the account that sends; the first one of the key ring')
    .option('--state <dir>', 'where `switchboard dev` keeps its token', DEFAULT_STATE)
    .action(async (kind, options) => {
      const terminal = createTerminal(options)
      if (kind === undefined) terminal.result(toKindRows(), toKindList())
      else await trigger(kind, options, terminal)
    })
}

interface TriggerOptions {
  to?: string | undefined
  set: Param[]
  method?: string | undefined
  publicUrl?: string | undefined
  token?: string | undefined
  account?: string | undefined
  state: string
}

async function trigger(kind: string, options: TriggerOptions, terminal: Terminal): Promise<void> {
  const { to, set, method, publicUrl = null, state } = options
  if (to === undefined) {
    throw new UsageError('--to is missing.', { next: 'Say where: --to http://127.0.0.1:8787/sms' })
  }
  const { account, token } = readSigner(options.account, state)
  const webhook = toRealisticWebhook(kind, { account, set })
  const request = toSignedWebhook(webhook, {
    to,
    publicUrl,
    method: parseMethod(method, webhook),
    authToken: token,
    idempotencyToken: options.token ?? randomUUID(),
  })
  await sendAndPrint(request, terminal)
  if (findKind(kind)?.rules.length === 0 && !webhook.json && !webhook.isHandshake) {
    terminal.warn(`Nothing in a ${kind} tells its kind: an endpoint has to pin it.`)
  }
}

function toKindRows() {
  return KINDS.map(({ name, product, reply }) => ({ kind: name, reply, product }))
}

function toKindList(): string {
  const width = Math.max(...KINDS.map(({ name }) => name.length))
  const rows = KINDS.map(({ name, product, reply }) => {
    const answer = { twiml: 'TwiML', json: 'JSON', none: '-', any: 'any' }[reply]
    return `  ${name.padEnd(width)}  ${answer.padEnd(5)}  ${product}`
  })
  return ['Kinds of webhooks (kind, reply, product):', '', ...rows].join('\n')
}

/** Names the account and token to sign with; the token is never printed. */
function readSigner(
  account: string | undefined,
  state: string,
): { account: string; token: string } {
  const read = createSecretReader(process.env, process.cwd())
  const secret = read(TOKENS_SECRET) ?? readLocalSecret(state, TOKENS_SECRET)
  if (secret === undefined) {
    throw new UsageError(
      `${TOKENS_SECRET} is missing: set it in the environment or .dev.vars, to what the gateway has.`,
    )
  }
  const ring = parseKeyRing(secret)
  if (!ring.ok) throw new UsageError(`${TOKENS_SECRET} ${ring.error.hint}`)
  const [key] = keysFor(ring.value, account ?? null)
  if (!key) throw new UsageError(`${TOKENS_SECRET} has no key for that account.`)
  return { account: account ?? key.account ?? `AC${'0'.repeat(32)}`, token: key.token }
}

function collectSetting(text: string, before: Param[]): Param[] {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('It is Name=Value; an empty value keeps the name.')
  return [...before, [text.slice(0, at), text.slice(at + 1)]]
}

function parseMethod(text: string | undefined, webhook: RealisticWebhook): string {
  const method = text?.toUpperCase() ?? 'POST'
  if (!METHODS.includes(method)) {
    throw new UsageError(`--method takes ${METHODS.join(', ')}, not "${text}".`)
  }
  if (method === 'GET' && webhook.json !== undefined) {
    throw new UsageError('This kind carries JSON: it cannot be sent with GET.')
  }
  return webhook.isHandshake ? 'GET' : method
}

async function sendAndPrint(request: SignedWebhook, terminal: Terminal): Promise<void> {
  const answer = await sendWebhook(request).catch((error: unknown) => {
    throw new WorkError(`No answer from ${new URL(request.url).origin}: ${toReason(error)}`, {
      code: 'no_answer',
    })
  })
  const { status, contentType, text, durationMs } = answer
  const head = `${status} ${contentType} ${durationMs.toFixed(1)} ms`.replaceAll('  ', ' ')
  terminal.result(answer, text === '' ? head : `${head}\n${text}`)
  if (status >= 400) process.exitCode = EXIT.failed
}
