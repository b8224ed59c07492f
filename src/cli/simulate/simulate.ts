/**
 * `switchboard simulate`: plays a Twilio that misbehaves, and enemies, against a gateway, and keeps an
 * account of what was answered. The same seed plays the same again.
 */
import { randomBytes } from 'node:crypto'
import { createInterrupt } from '../console/live.ts'
import { DEFAULT_STATE } from '../project/state.ts'
import { EXIT } from '../terminal/errors.ts'
import { createTerminal, type Terminal } from '../terminal/terminal.ts'
import { InvalidArgumentError, parseHttpUrl, type DefineVerb } from '../terminal/verb.ts'
import { readSigner } from '../trigger/signer.ts'
import { decideAim, DEFAULT_TO, toPlaces, type Aim, type Paths } from './aim.ts'
import { DEFAULT_MIX, parseMix, STORIES, type Mix } from './mix.ts'
import { DEFAULT_OVERRIDES, parseOverrides, type Overrides } from './overrides.ts'
import { planConversations } from './plan.ts'
import { runConversations } from './run.ts'
import { toSummary } from './summary.ts'
import { toSummaryText } from './summary-text.ts'

export const MAX_COUNT = 100_000
export const MAX_RATE = 500

export const defineSimulate: DefineVerb = (verb) => {
  verb
    .option('--to <url>', `a gateway on this machine; ${DEFAULT_TO}`, parseHttpUrl)
    .option('--against <url>', 'a deployed gateway of your own instead; asks first', parseHttpUrl)
    .option('--yes', 'do not ask')
    .option('--seed <text>', 'what is drawn; the same again plays the same', parseSeed)
    .option('--count <n>', `how many webhooks, up to ${MAX_COUNT}`, upTo(MAX_COUNT), 200)
    .option('--rate <n>', `how many a second, up to ${MAX_RATE}`, upTo(MAX_RATE), 20)
    .option('--mix <name=share,…>', `of ${STORIES.join(', ')}`, toMix)
    .option(
      '--overrides <text>',
      `Twilio's time-outs and retries; ${DEFAULT_OVERRIDES}`,
      toOverrides,
    )
    .option('--sms <path>', 'where messages come in', parsePath, '/sms')
    .option('--voice <path>', 'where calls come in', parsePath, '/voice')
    .option('--status <path>', 'where statuses and Event Streams go', parsePath, '/status')
    .option('--public-url <url>', 'sign for this origin instead', parseHttpUrl)
    .option('--account <sid>', 'the account that sends; the first one of the key ring')
    .option('--state <dir>', 'where `switchboard dev` keeps its token', DEFAULT_STATE)
    .action((options) => simulate(options, createTerminal(options)))
}

interface SimulateOptions extends Aim, Paths {
  seed?: string | undefined
  count: number
  rate: number
  mix?: Mix | undefined
  overrides?: Overrides | undefined
  publicUrl?: string | undefined
  account?: string | undefined
  state: string
}

async function simulate(options: SimulateOptions, terminal: Terminal): Promise<void> {
  const { count, rate, mix = DEFAULT_MIX } = options
  const overrides = options.overrides ?? toOverrides(DEFAULT_OVERRIDES)
  const seed = options.seed ?? randomBytes(4).toString('hex')
  const gateway = await decideAim(options, { count, rate }, terminal)
  const signer = readSigner(options.account, options.state)
  const places = toPlaces(gateway, options)
  const conversations = planConversations({ seed, count, rate, mix, places })
  const signal = createInterrupt()
  const { sent, tookMs } = await terminal.step(`Simulating ${count} webhooks`, (update) =>
    runConversations(conversations, {
      signer,
      publicUrl: options.publicUrl ?? null,
      date: new Date(),
      places,
      overrides,
      signal,
      onSent: (done) => update(String(done)),
    }),
  )
  const summary = toSummary(sent)
  const isEarly = signal.aborted
  const frame = { seed, tookMs: Math.round(tookMs), isEarly }
  terminal.result({ ...frame, ...summary }, toSummaryText(summary, frame))
  if (!summary.ok) process.exitCode = EXIT.failed
  else if (isEarly) process.exitCode = EXIT.cancelled
}

function upTo(most: number): (text: string) => number {
  return (text) => {
    const number = Number(text)
    if (/^\d+$/.test(text) && number >= 1 && number <= most) return number
    throw new InvalidArgumentError(`It is a number from 1 to ${most}.`)
  }
}

function parseSeed(text: string): string {
  if (/^[\w-]{1,64}$/.test(text)) return text
  throw new InvalidArgumentError('It is letters, digits, - and _, 64 at most.')
}

/** By what a URL makes of it: `//host` and `/\\host` are paths to look at, and lead to another host. */
function parsePath(text: string): string {
  const here = 'http://here.invalid'
  const isWithin = text.startsWith('/') && URL.parse(text, here)?.origin === here
  if (isWithin && !/[?#]/.test(text)) return text
  throw new InvalidArgumentError('It is a path that begins with /.')
}

function toMix(text: string): Mix {
  const mix = parseMix(text)
  if (mix) return mix
  throw new InvalidArgumentError(`It is name=share,… with the names ${STORIES.join(', ')}.`)
}

function toOverrides(text: string): Overrides {
  const overrides = parseOverrides(text)
  if (overrides) return overrides
  throw new InvalidArgumentError('It is what Twilio takes behind #, e.g. rc=2&rp=5xx,ct,rt&rt=5000')
}
