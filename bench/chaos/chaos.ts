/** One run: the simulator calls, faults come and go, and when all is quiet the accounts are compared. */
import { parseOverrides } from '../../src/cli/simulate/overrides.ts'
import { runConversations } from '../../src/cli/simulate/run.ts'
import { ACCOUNT } from '../../test/faults/switchboard.ts'
import { AUTH_TOKEN } from '../../test/faults/workers.ts'
import type { Accounts } from './accounts.ts'
import { prepareAudience } from './audience.ts'
import { Conductor } from './conductor.ts'
import { noteLine, toEvidence, type Logged } from './evidence.ts'
import { FAULTS, PROMOTED } from './faults.ts'
import { readLedger } from './ledger.ts'
import { planWindows, type Form } from './schedule.ts'
import { startStage, type Stage, type StageOptions } from './stage.ts'
import { toRows, type Row } from './table.ts'
import { planTraffic, toPlaces, toWebhooks, type Timed } from './traffic.ts'
import { verify, type Verdict } from './verify.ts'

export interface ChaosOptions extends Form, Omit<StageOptions, 'onLog' | 'keyRing'> {
  seed: string
  count: number
  /** Webhooks a second. */
  rate: number
  pushMs: number
  cronMs: number
  patienceMs: number
  /** How long it may take until all is quiet. */
  quietMs: number
  onProgress: (text: string) => void
  /** A line that a Worker logged. */
  onLog?: (text: string) => void
}

export interface ChaosResult extends Verdict {
  rows: Row[]
  /** Faults that never hit anything: what was not met proves nothing. */
  unmet: string[]
  accounts: Accounts
  tookMs: number
}

/** The secondary one of the account, which is promoted half-way. */
const NEXT_TOKEN = 'fedcba9876543210fedcba9876543210'
const KEY_RING = JSON.stringify({ [ACCOUNT]: { primary: AUTH_TOKEN, next: NEXT_TOKEN } })

/** Twilio's own patience, and retries of what a gateway should be given a second chance for. */
const OVERRIDES = 'rc=2&rp=5xx,ct,rt'

export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const logged: Logged = { late: new Set(), forgotten: new Set(), unstored: new Set() }
  const startedAt = Date.now()
  const { maxDelaySeconds, leaseMs } = options
  const stage = await startStage({
    maxDelaySeconds,
    keyRing: KEY_RING,
    ...(leaseMs !== undefined && { leaseMs }),
    onLog(text) {
      noteLine(text, logged)
      options.onLog?.(text)
    },
  })
  try {
    const accounts = await play(stage, logged, options)
    const verdict = verify(accounts)
    const rows = toRows(FAULTS, accounts, verdict)
    const unmet = rows.filter(({ hits }) => hits === 0).map(({ fault }) => fault)
    return { ...verdict, rows, unmet, accounts, tookMs: Date.now() - startedAt }
  } finally {
    await stage.stop()
  }
}

async function play(stage: Stage, logged: Logged, options: ChaosOptions): Promise<Accounts> {
  const { seed, count, rate, maxTargetShare, onProgress } = options
  const conversations = planTraffic({ gateway: stage.gatewayUrl, seed, count, rate })
  const spanMs = (count / rate) * 1_000
  const planned = planWindows(seed, FAULTS, options, spanMs)
  const conductor = new Conductor({ ...options, planned, stage })
  const audience = prepareAudience(stage.target, stage.app, {
    ...{ seed, maxTargetShare },
    open: () => conductor.open,
    onHit: (fault, ids) => conductor.noteOther(fault, ids),
  })
  const conducting = conductor.run()
  const timed: Timed[] = []
  let isPromoted = false
  const overrides = parseOverrides(OVERRIDES)
  if (!overrides) throw new Error('not overrides')
  await runConversations(conversations, {
    signer: { account: ACCOUNT, token: AUTH_TOKEN },
    rotation: { token: NEXT_TOKEN, atMs: spanMs / 2 },
    publicUrl: null,
    date: new Date(),
    places: toPlaces(stage.gatewayUrl),
    overrides,
    signal: new AbortController().signal,
    onSent(sent, one) {
      timed.push({ ...one, doneAt: Date.now() })
      if (one.key === 'promoted' && one.isGood && one.enemy === null && !isPromoted) {
        isPromoted = true
        conductor.noteOther(PROMOTED, [])
      }
      if (sent % 500 === 0) onProgress(`${sent} requests sent`)
    },
  })
  await untilQuiet(stage, conductor, options)
  conductor.stop()
  await conducting
  const { windows, hits, others, pushes } = conductor
  const left = await stage.countLeft()
  const keys = await stage.kvKeys()
  return {
    webhooks: toWebhooks(conversations, timed, stage.gatewayUrl, pushes),
    calls: audience.calls(),
    ledger: await readLedger(stage.query),
    left: {
      messages: left.messages,
      outbox: keys.filter((key) => key.startsWith('outbox:')),
      kvIds: keys.flatMap((key) => /^(?:token|event|outbox):(.+)/.exec(key)?.[1] ?? []),
    },
    evidence: toEvidence({ windows, hits, others, logged }),
  }
}

const QUIET_TIMES = 3

/** All windows are closed, and nothing is on its way; or the patience is at its end. */
async function untilQuiet(
  stage: Stage,
  conductor: Conductor,
  { quietMs, onProgress }: ChaosOptions,
): Promise<void> {
  const lateAt = Date.now() + quietMs
  for (let quiet = 0; quiet < QUIET_TIMES && Date.now() < lateAt;) {
    await new Promise((resolve) => setTimeout(resolve, 500))
    const { messages, deliveries, outbox } = await stage.countLeft()
    const isQuiet = conductor.isOver && messages + deliveries + outbox === 0
    quiet = isQuiet ? quiet + 1 : 0
    onProgress(`${messages} messages, ${deliveries} deliveries, ${outbox} in the outbox`)
  }
}
