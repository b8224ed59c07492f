/**
 * `switchboard simulate`: plays a Twilio that misbehaves, and enemies, against a gateway, and keeps an
 * account of what was answered. The same seed plays the same again.
 */
import { randomBytes } from 'node:crypto'
import { createInterrupt } from '../console/live.ts'
import { DEFAULT_STATE } from '../project/state.ts'
import { EXIT, UsageError } from '../terminal/errors.ts'
import { createTerminal, type Terminal } from '../terminal/terminal.ts'
import { parseHttpUrl, type DefineVerb } from '../terminal/verb.ts'
import { readSigner } from '../trigger/signer.ts'
import { NO_ACCOUNT, openAccount } from './account.ts'
import { decideAim, DEFAULT_TO, toPlaces, type Aim, type Paths } from './aim.ts'
import { DEFAULT_HURRY } from './attempts.ts'
import { DEFAULT_EDGES, MAX_EDGES } from './edges.ts'
import { readSecondToken, type Rotation } from './keys.ts'
import { DEFAULT_MIX, STORIES, type Mix } from './mix.ts'
import { parsePath, parsePercent, parseSeed, toMix, toOverrides, upTo } from './options.ts'
import { DEFAULT_OVERRIDES, type Overrides } from './overrides.ts'
import { checkGateway } from './preflight.ts'
import { planConversations, type Conversation } from './plan.ts'
import { runConversations } from './run.ts'
import { toSummary } from './summary.ts'
import { toSummaryText } from './summary-text.ts'

export const MAX_COUNT = 100_000
export const MAX_RATE = 500
const MAX_HURRY = 100_000
/** In the middle. */
const DEFAULT_PERCENT = 50

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
    .option(
      '--places <n>',
      `edges that Twilio calls from, up to ${MAX_EDGES}`,
      upTo(MAX_EDGES),
      DEFAULT_EDGES,
    )
    .option('--rotate [percent]', 'the second key is promoted there; 50', parsePercent)
    .option(
      '--hurry <n>',
      "how many times too fast Event Streams' pauses are",
      upTo(MAX_HURRY),
      DEFAULT_HURRY,
    )
    .option('--record <file>', 'a line of JSON for each request and what was answered')
    .option('--sms <path>', 'where messages come in', parsePath, '/sms')
    .option('--voice <path>', 'where calls come in', parsePath, '/voice')
    .option('--status <path>', 'where statuses and Event Streams go', parsePath, '/status')
    .option('--fallback <path>', 'what is asked when a URL failed', parsePath, '/fallback')
    .option('--no-fallback', 'there is none')
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
  places: number
  /** True: `--rotate` without a number. */
  rotate?: number | true | undefined
  hurry: number
  record?: string | undefined
  publicUrl?: string | undefined
  account?: string | undefined
  state: string
}

async function simulate(options: SimulateOptions, terminal: Terminal): Promise<void> {
  const { count, rate, hurry, places: edges, mix = DEFAULT_MIX, record } = options
  const seed = options.seed ?? randomBytes(4).toString('hex')
  const gateway = await decideAim(options, { count, rate }, terminal)
  const signer = readSigner(options.account, options.state)
  const places = toPlaces(gateway, options)
  const conversations = planConversations({ seed, count, rate, mix, places, edges })
  if (conversations.length === 0)
    throw new UsageError('A mix of `fallback` alone needs --fallback.')
  const rotation = toRotation(options, conversations, () => readSecondToken(signer, options.state))
  const publicUrl = options.publicUrl ?? null
  const second = rotation?.token ?? null
  if (options.against !== undefined) {
    await checkGateway({ gateway, publicUrl, signer, second }, terminal)
  }
  const start = { seed, gateway: new URL(gateway).origin, account: signer.account, count, rate }
  const account = record === undefined ? NO_ACCOUNT : openAccount(record, start)
  const signal = createInterrupt()
  const { sent, tookMs } = await terminal.step(`Simulating ${count} webhooks`, (update) =>
    runConversations(conversations, {
      signer,
      rotation,
      publicUrl,
      date: new Date(),
      places,
      edges,
      hurry,
      overrides: options.overrides ?? toOverrides(DEFAULT_OVERRIDES),
      signal,
      onSent(done, each) {
        account.sent(each)
        update(String(done))
      },
    }),
  )
  const summary = toSummary(sent)
  account.end(summary)
  const isEarly = signal.aborted
  const frame = { seed, tookMs: Math.round(tookMs), isEarly }
  terminal.result({ ...frame, ...summary }, toSummaryText(summary, frame))
  if (!summary.ok) process.exitCode = EXIT.failed
  else if (isEarly) process.exitCode = EXIT.cancelled
}

/** The promotion comes where so much of the plan is due. */
function toRotation(
  { rotate }: Pick<SimulateOptions, 'rotate'>,
  conversations: readonly Conversation[],
  readToken: () => string,
): Rotation | null {
  if (rotate === undefined) return null
  const times = conversations.flatMap(({ requests }) => requests.map(({ atMs }) => atMs))
  const lastMs = times.reduce((latest, atMs) => Math.max(latest, atMs), 0)
  const percent = rotate === true ? DEFAULT_PERCENT : rotate
  return { token: readToken(), atMs: (lastMs * percent) / 100 }
}
