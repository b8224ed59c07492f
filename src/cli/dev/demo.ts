/**
 * The demo of `npm start`: three webhooks as Twilio would send them, the replies that they get at
 * once, and the events that the target receives a moment later.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import type { CompiledConfig } from '../../config/compiled.ts'
import { TOKENS_SECRET } from '../../config/secret-names.ts'
import type { SwitchboardEvent } from '../../events/event.ts'
import { keysFor, parseKeyRing } from '../../twilio/keyring.ts'
import { toRealisticWebhook } from '../trigger/realistic.ts'
import type { SampleTarget } from './sample-target.ts'
import { sendWebhook, toSignedWebhook } from '../trigger/signed-webhook.ts'

const EVENT_TIMEOUT_MS = 15_000

const STEPS = [
  {
    title: 'An SMS comes in',
    kind: 'messaging.inbound',
    path: '/sms',
    sid: 'MessageSid',
    prefix: 'SM',
  },
  { title: 'A call comes in', kind: 'voice.inbound', path: '/voice', sid: 'CallSid', prefix: 'CA' },
  {
    title: 'A message was delivered',
    kind: 'messaging.status',
    path: '/status',
    sid: 'MessageSid',
    prefix: 'SM',
  },
] as const

export interface DemoOptions {
  url: string
  config: CompiledConfig
  secrets: Record<string, string>
  target: SampleTarget
}

/** False when an event did not reach the target: then the Workers' log lines say why. */
export async function runDemo(options: DemoOptions): Promise<boolean> {
  const steps = STEPS.filter((step) =>
    options.config.endpoints.some(({ path }) => path === step.path),
  )
  let isWhole = true
  for (const step of steps) isWhole = (await showStep(step, options)) && isWhole
  console.log('')
  return isWhole
}

/** Whether the event arrived. */
async function showStep(step: (typeof STEPS)[number], options: DemoOptions): Promise<boolean> {
  const { url, config, secrets, target } = options
  const ring = parseKeyRing(secrets[TOKENS_SECRET])
  const [key] = ring.ok ? keysFor(ring.value, null) : []
  if (!key) return false
  const sid = step.prefix + randomBytes(16).toString('hex')
  const account = key.account ?? `AC${'0'.repeat(32)}`
  const request = toSignedWebhook(
    toRealisticWebhook(step.kind, { account, set: [[step.sid, sid]] }),
    {
      to: url + step.path,
      publicUrl: config.publicUrl,
      method: 'POST',
      authToken: key.token,
      idempotencyToken: randomUUID(),
    },
  )
  const { status, text, durationMs } = await sendWebhook(request)
  const arrived = await target.waitFor(sid, EVENT_TIMEOUT_MS)
  const received = arrived
    ? [
        `  The target got, signature ${arrived.verified ? 'verified' : 'WRONG'}:`,
        ...indent(toShown(arrived.event)),
      ]
    : [`  The target got nothing within ${EVENT_TIMEOUT_MS / 1_000} s: see the log lines below.`]
  console.log(
    [
      '',
      `${step.title}: POST ${step.path} (${step.kind})`,
      `  Twilio got ${status} in ${durationMs.toFixed(0)} ms`,
      ...indent(text === '' ? '(empty)' : text),
      ...received,
    ].join('\n'),
  )
  return arrived !== null
}

function indent(text: string): string[] {
  return text
    .trim()
    .split('\n')
    .map((line) => `    ${line}`)
}

/** The event on a screen: what all of them share is left out, and so are the parameters as they came. */
function toShown({ id, type, subject, time, kind, data }: SwitchboardEvent): string {
  const isObject = typeof data === 'object' && data !== null && !Array.isArray(data)
  const { params = null, ...fields } = isObject ? data : { data }
  const count = typeof params === 'object' && params !== null ? Object.keys(params).length : 0
  const shown = { ...fields, params: `(${count} parameters as received)` }
  return JSON.stringify({ id, type, subject, time, kind, data: shown }, null, 2)
}
