/**
 * `switchboard trigger`: sends a webhook as Twilio would, signed with the account's own token, and
 * prints what came back. Without arguments it lists the kinds.
 */
import { randomUUID } from 'node:crypto'
import { findKind, KINDS } from '../twilio/kinds.ts'
import { keysFor, parseKeyRing } from '../twilio/keyring.ts'
import type { Param } from '../twilio/params.ts'
import { parseOptions } from './arguments.ts'
import { UsageError } from './errors.ts'
import { toRealisticWebhook, type RealisticWebhook } from './realistic.ts'
import { createSecretReader, TOKENS_SECRET } from './secrets.ts'
import { sendWebhook, toSignedWebhook, type SignedWebhook } from './signed-webhook.ts'
import { DEFAULT_STATE, readLocalSecret } from './state.ts'

const HELP = `switchboard trigger <kind> --to URL [--set Name=Value …] [--method GET|POST|PUT]

  --to URL           where to send it, e.g. http://127.0.0.1:8787/sms
  --set Name=Value   a parameter of your own; an empty value keeps the name, may be repeated
  --method M         POST, or what the kind uses
  --public-url URL   sign for this origin instead of --to's (a gateway with publicUrl set)
  --token T          the idempotency token; the same one again is a retry (a fresh one)
  --account AC…      the account that sends (the first one of the key ring)
  --state DIR        where \`switchboard dev\` keeps its token (${DEFAULT_STATE})

The auth token comes from TWILIO_AUTH_TOKENS in the environment or .dev.vars, or from the state folder.
Without a kind: the list of kinds.`

const METHODS = ['GET', 'POST', 'PUT']

export async function runTrigger(args: string[]): Promise<void> {
  const { values, positionals } = parseOptions(
    {
      args,
      allowPositionals: true,
      options: {
        to: { type: 'string' },
        set: { type: 'string', multiple: true, default: [] },
        method: { type: 'string' },
        'public-url': { type: 'string' },
        token: { type: 'string' },
        account: { type: 'string' },
        state: { type: 'string', default: DEFAULT_STATE },
        help: { type: 'boolean', default: false },
      },
    },
    HELP,
  )
  if (values.help) {
    console.log(HELP)
    return
  }
  const [kind, ...others] = positionals
  if (others.length > 0) throw new UsageError(`One kind at a time, please.\n\n${HELP}`)
  if (kind === undefined) {
    console.log(toKindList())
    return
  }
  if (values.to === undefined) throw new UsageError(`--to is missing.\n\n${HELP}`)
  const { account, token } = readSigner(values.account, values.state)
  const webhook = toRealisticWebhook(kind, { account, set: values.set.map(parseSetting) })
  const request = toSignedWebhook(webhook, {
    to: parseUrl('--to', values.to),
    publicUrl:
      values['public-url'] === undefined ? null : parseUrl('--public-url', values['public-url']),
    method: parseMethod(values.method, webhook),
    authToken: token,
    idempotencyToken: values.token ?? randomUUID(),
  })
  await sendAndPrint(request)
  if (findKind(kind)?.rules.length === 0 && !webhook.json && !webhook.isHandshake) {
    console.error(`Nothing in a ${kind} tells its kind: an endpoint has to pin it.`)
  }
}

function toKindList(): string {
  const width = Math.max(...KINDS.map(({ name }) => name.length))
  const rows = KINDS.map(({ name, product, reply }) => {
    const answer = { twiml: 'TwiML', json: 'JSON', none: '-', any: 'any' }[reply]
    return `  ${name.padEnd(width)}  ${answer.padEnd(5)}  ${product}`
  })
  return ['Kinds of webhooks (kind, reply, product):', '', ...rows, '', HELP].join('\n')
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

function parseSetting(text: string): Param {
  const at = text.indexOf('=')
  if (at < 1) throw new UsageError(`--set takes Name=Value, not "${text}".`)
  return [text.slice(0, at), text.slice(at + 1)]
}

function parseUrl(option: string, text: string): string {
  if (URL.canParse(text) && /^https?:/.test(text)) return text
  throw new UsageError(`${option} takes an http or https URL, not "${text}".`)
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

async function sendAndPrint(request: SignedWebhook): Promise<void> {
  try {
    const { status, contentType, text, durationMs } = await sendWebhook(request)
    console.log(`${status} ${contentType} ${durationMs.toFixed(1)} ms`.replaceAll('  ', ' '))
    if (text !== '') console.log(text)
    if (status >= 400) process.exitCode = 1
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new UsageError(`No answer from ${new URL(request.url).origin}: ${reason}`)
  }
}
