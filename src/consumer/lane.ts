/**
 * A lane: the Durable Object that calls one target (see lanes.ts). Composes its line with the storage,
 * the ledger and the alerts; what the line does is in line.ts.
 */
import { DurableObject } from 'cloudflare:workers'
import type { Breaker } from '../delivery/breaker.ts'
import type { EventMessage } from '../events/message.ts'
import { pickShard } from '../events/shard.ts'
import { createLedger } from '../ledger/d1-ledger.ts'
import { createShardedPauses, type ShardedPauses } from '../ledger/shards/pauses.ts'
import { createRareLog, writeLog } from '../log.ts'
import { createAlerts, type Alerts } from './alerts.ts'
import type { AttemptDeps, AttemptResult } from './attempt.ts'
import { toFinalChange, toResult, type KeptChange } from './changes.ts'
import type { ConsumerEnv } from './env.ts'
import { createKeptChanges, type KeptChanges } from './kept-changes.ts'
import { createKeys } from './keys.ts'
import type { LaneStub } from './lanes.ts'
import type { LineView } from './line-view.ts'
import { requireShards, toDatabases } from './shards.ts'
import { Line, type AboutCall, type LateAnswer, type LineAnswer, type Offer } from './line.ts'

const now = () => Date.now()

/** Nobody waits for a late result; the message comes back a second after it at the earliest. */
const GATHER_MS = 100

export class Lane extends DurableObject<ConsumerEnv> implements LaneStub {
  readonly #line: Line
  readonly #kept: KeptChanges
  readonly #alerts: Alerts
  readonly #pauses: ShardedPauses
  /** What the ledger does not know yet. */
  #late: KeptChange[] = []
  #isRecording = false

  constructor(ctx: DurableObjectState, env: ConsumerEnv) {
    super(ctx, env)
    const { kv } = ctx.storage
    const shards = requireShards(env)
    const ledgers = shards.map(({ db }) => createLedger(db))
    const events = (eventId: string) => pickShard(shards, eventId).events
    this.#kept = createKeptChanges({ storage: ctx.storage, ledgers, now, log: writeLog })
    this.#alerts = createAlerts({ events, outbox: env.KV, now, log: writeLog })
    this.#pauses = createShardedPauses(toDatabases(shards))
    const breaker = kv.get<Breaker>('breaker')
    const openedAt = kv.get<number | null>('openedAt') ?? null
    const lastStartAt = kv.get<number>('lastStartAt')
    this.#line = new Line({
      ...this.#toAttemptDeps(env),
      restored: { ...(breaker && { breaker }), openedAt, ...(lastStartAt && { lastStartAt }) },
      save: (state) => {
        for (const [name, value] of Object.entries(state)) kv.put(name, value)
      },
      recall: (claim, attempt) => {
        const change = this.#kept.find(claim, attempt)
        return change && toResult(change)
      },
      onLate: (late) => this.#onLate(late),
      onResult: (about, result) => this.#onResult(about, result),
      onBreaker: (change, { target, message }) => {
        const kind = `switchboard.breaker.${change}` as const
        writeLog({ event: `breaker.${change}`, target })
        void this.#alerts.raise({ kind, target, data: {} }, message)
      },
    })
  }

  offer(offer: Offer): Promise<LineAnswer[]> {
    return this.#line.offer(offer)
  }

  async keep(changes: readonly KeptChange[]): Promise<void> {
    this.#kept.keep(changes)
  }

  async clear(): Promise<void> {
    this.#line.clear()
  }

  async look(): Promise<LineView> {
    return this.#line.look()
  }

  override alarm(): Promise<void> {
    return this.#kept.retry()
  }

  /** The call itself, where a test can get in its way. */
  protected call(url: string, init: RequestInit): Promise<Response> {
    return fetch(url, init)
  }

  #toAttemptDeps(env: ConsumerEnv): AttemptDeps {
    const rareLog = createRareLog(writeLog, now)
    return {
      ...createKeys(env, writeLog),
      local: env['SWITCHBOARD_LOCAL'] === '1',
      fetch: (url, init) => this.call(url, init),
      now,
      random: () => Math.random(),
      log: writeLog,
      onUnsigned: (target, problem) => {
        rareLog(`${target} ${problem.name}`, { event: 'delivery.unsigned', target, ...problem })
      },
    }
  }

  /** Those that finish within a moment, and while the ledger is busy, go together in one statement. */
  #onLate({ answer, ...offered }: LateAnswer): void {
    this.#late.push(toFinalChange(offered, answer, now()))
    if (!this.#isRecording) void this.#recordLate()
  }

  async #recordLate(): Promise<void> {
    this.#isRecording = true
    try {
      while (this.#late.length > 0) {
        await new Promise((resolve) => setTimeout(resolve, GATHER_MS))
        await this.#kept.record(this.#late.splice(0))
      }
    } finally {
      this.#isRecording = false
    }
  }

  #onResult({ message, target }: AboutCall, result: AttemptResult): void {
    if (result.isGone) void this.#pause(target, message)
    if (result.status !== 'dead') return
    const { reason, attempts } = result
    const data = { eventId: message.event.id, kind: message.event.kind, reason, attempts }
    void this.#alerts.raise({ kind: 'switchboard.delivery.dead', target, data }, message)
  }

  async #pause(target: string, message: EventMessage): Promise<void> {
    try {
      await this.#pauses.pause(target, 'target_gone', now())
      // Also when it was paused already: perhaps by a try of ours of which we heard no more.
      const data = { reason: 'target_gone' }
      await this.#alerts.raise({ kind: 'switchboard.target.paused', target, data }, message)
    } catch {
      // The next call gets a 410 as well.
    }
  }
}
