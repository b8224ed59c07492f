/**
 * Hostile requests to the gateway, in plain workerd. After each row it is asked what it wrote: a refused
 * request has touched no store and sent no message, an accepted one has sent its events, and no log line
 * has a number, a text or a token in it.
 */
import { parseXml, XmlElement, XmlText } from '@rgrove/parse-xml'
import { compileConfig } from '../../src/config/compile.ts'
import type { WebhookLine } from '../../src/gateway/log.ts'
import { bundle } from '../bundle.ts'
import { startWorker } from '../workerd.ts'
import { exchangeAll, type Exchange } from './exchange.ts'
import { BODY_ROWS } from './gateway-bodies.ts'
import { FORGED_EVENT_ROWS, SIGNED_EVENT_ROWS } from './gateway-events.ts'
import { SIGNATURE_ROWS } from './gateway-forged.ts'
import { PATH_ROWS } from './gateway-paths.ts'
import type { GatewayRow } from './gateway-row.ts'
import { SIGNED_ROWS } from './gateway-signed.ts'
import { OBSERVED_PATH, type Observed } from './observed.ts'
import type { Random } from './random.ts'
import { Tally } from './tally.ts'
import { AUTH_TOKEN, ORIGIN, SECRETS } from './wire.ts'

/** So many are made, sent and looked at together. */
const CHUNK = 250

export async function runGateway(count: number, random: Random): Promise<Tally> {
  const tally = new Tally()
  const code = await bundle('bench/limits/gateway-worker.ts')
  const texts = { TWILIO_AUTH_TOKENS: AUTH_TOKEN, CONFIG: JSON.stringify(compile()) }
  const worker = await startWorker({ name: 'limits', code, texts })
  const forged = [...SIGNATURE_ROWS, ...BODY_ROWS, ...PATH_ROWS, ...FORGED_EVENT_ROWS]
  const rows = [
    ...forged.map((row) => ({ ...row, name: `forged: ${row.name}`, isSigned: false })),
    ...[...SIGNED_ROWS, ...SIGNED_EVENT_ROWS].map((row) => ({
      ...row,
      name: `signed: ${row.name}`,
      isSigned: true,
    })),
  ]
  const shares = rows.reduce((sum, { share = 1 }) => sum + share, 0)
  try {
    for (const row of rows) {
      let left = Math.ceil((count * (row.share ?? 1)) / shares)
      for (; left > 0; left -= CHUNK) {
        const requests = Array.from({ length: Math.min(left, CHUNK) }, () => row.make(random))
        await exchangeAll(worker.port, requests, (_, got) => check(row, got, tally))
        checkEffects(row, await observe(worker.port), tally)
      }
    }
  } finally {
    worker.stop()
  }
  return tally
}

function compile() {
  const compiled = compileConfig(
    {
      publicUrl: ORIGIN,
      endpoints: {
        sms: { path: '/sms', reply: { twiml: '<Response><Message>{{Body}}</Message></Response>' } },
        events: { path: '/events' },
        fallback: {
          path: '/fallback',
          kind: 'fallback',
          reply: { twiml: '<Response><Message>{{ErrorCode}} {{ErrorUrl}}</Message></Response>' },
        },
        app: { path: '/app/*', reply: { status: 204 } },
      },
    },
    { readFile: () => '', local: true },
  )
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error))
  return compiled.value.config
}

type NamedRow = GatewayRow & { isSigned: boolean }

function check(row: NamedRow, { answer, head, body, ms }: Exchange, tally: Tally): void {
  tally.count(row.name, answer, ms)
  const isExpected = row.answers.some((expected) => expected === answer)
  if (!isExpected) tally.surprise(row.name, `answered ${answer}: ${body.toString().slice(0, 200)}`)
  if (answer === 200 && /content-type: text\/xml/i.test(head)) {
    const problem = findTwimlProblem(body)
    if (problem !== null) tally.surprise(row.name, problem)
  }
}

/** The config's reply is one text in one verb, whatever the text is. */
function findTwimlProblem(body: Buffer): string | null {
  try {
    const { root } = parseXml(
      new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(body),
    )
    const [verb, ...others] = root?.children ?? []
    if (verb === undefined) return null
    const isAsWritten =
      others.length === 0 &&
      verb instanceof XmlElement &&
      verb.name === 'Message' &&
      verb.children.every((child) => child instanceof XmlText)
    return isAsWritten ? null : 'the TwiML has other verbs than its template'
  } catch (error) {
    return `the TwiML is not well-formed: ${String(error).slice(0, 300)}`
  }
}

async function observe(port: number): Promise<Observed> {
  const response = await fetch(`http://127.0.0.1:${port}${OBSERVED_PATH}`)
  return response.json() as Promise<Observed>
}

function checkEffects({ name, isSigned }: NamedRow, seen: Observed, tally: Tally): void {
  const { keys, messages, lines } = seen
  if (!isSigned && (keys.length > 0 || messages > 0)) {
    tally.surprise(name, `${keys.length} calls of KV and ${messages} messages`)
  }
  const parsed = lines.map((line): WebhookLine => JSON.parse(line))
  const accepted = parsed.filter(({ verdict }) => verdict === 'accepted')
  const owed = accepted.reduce((sum, { events }) => sum + events, 0)
  if (owed !== messages) tally.surprise(name, `${owed} events, ${messages} messages`)
  for (const line of parsed) {
    if (line.event !== 'webhook.received') tally.surprise(name, `logged ${JSON.stringify(line)}`)
  }
  for (const secret of SECRETS) {
    const told = lines.find((line) => line.includes(secret))
    if (told !== undefined) tally.surprise(name, `logged ${told}`)
  }
}
