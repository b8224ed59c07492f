/**
 * `switchboard trigger`: sends a webhook as Twilio would, signed with the account's own token, and
 * prints what came back. Without arguments it lists the kinds.
 */
import { randomUUID } from 'node:crypto'
import { findKind, KINDS } from '../../twilio/kinds.ts'
import type { Param } from '../../twilio/params.ts'
import { EXIT, toReason, UsageError, WorkError } from '../terminal/errors.ts'
import { createTerminal, type Terminal } from '../terminal/terminal.ts'
import { InvalidArgumentError, parseHttpUrl, type DefineVerb } from '../terminal/verb.ts'
import { toRealisticWebhook, type RealisticWebhook } from './realistic.ts'
import { DIAL_STATUSES, type DialStatus } from './call/scene.ts'
import { sendWebhook, toSignedWebhook, type SignedWebhook } from './signed-webhook.ts'
import { DEFAULT_STATE } from '../project/state.ts'
import { readSigner } from './signer.ts'
import { SCENARIOS } from './scenarios.ts'
import { triggerScenario, type ScenarioArguments } from './trigger-scenario.ts'

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
    .option('--scenario <name>', SCENARIOS.map(({ name }) => name).join(', '))
    .option(
      '--status <url>',
      "scenarios: where the call's or the reply's statuses go",
      parseHttpUrl,
    )
    .option('--fallback <url>', 'scenarios: where Twilio goes after an error', parseHttpUrl)
    .option(
      '--digits <keys>',
      'scenarios: pressed at the menus, with commas: 1,22',
      parseDigits,
      [],
    )
    .option('--dial <status>', `scenarios: how a transfer ends`, parseDial, 'completed')
    .option('--any-host', 'scenarios: follow TwiML to hosts that are not named here as well')
    .action(async (kind, options) => {
      const terminal = createTerminal(options)
      const { scenario } = options
      if (scenario !== undefined) await triggerScenario(scenario, kind, options, terminal)
      else if (kind === undefined) terminal.result(toListData(), toList())
      else await trigger(kind, options, terminal)
    })
}

async function trigger(
  kind: string,
  options: ScenarioArguments,
  terminal: Terminal,
): Promise<void> {
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

function toListData() {
  return {
    kinds: KINDS.map(({ name, product, reply }) => ({ kind: name, reply, product })),
    scenarios: SCENARIOS.map(({ name, summary, needs }) => ({ name, summary, needs })),
  }
}

function toList(): string {
  const width = Math.max(...SCENARIOS.map(({ name }) => name.length))
  const rows = SCENARIOS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`)
  return [toKindList(), '', 'Scenarios (--scenario):', '', ...rows].join('\n')
}

/** The keys of a telephone, for one menu after the other. */
function parseDigits(text: string): string[] {
  const menus = text.split(',')
  if (menus.every((keys) => /^[\d*#]+$/.test(keys))) return menus
  throw new InvalidArgumentError('It is digits, * and #, with a comma between two menus.')
}

function parseDial(text: string): DialStatus {
  const status = DIAL_STATUSES.find((each) => each === text)
  if (status) return status
  throw new InvalidArgumentError(`It is one of ${DIAL_STATUSES.join(', ')}.`)
}

function toKindList(): string {
  const width = Math.max(...KINDS.map(({ name }) => name.length))
  const rows = KINDS.map(({ name, product, reply }) => {
    const answer = { twiml: 'TwiML', json: 'JSON', none: '-', any: 'any' }[reply]
    return `  ${name.padEnd(width)}  ${answer.padEnd(5)}  ${product}`
  })
  return ['Kinds of webhooks (kind, reply, product):', '', ...rows].join('\n')
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
