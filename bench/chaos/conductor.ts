/**
 * Opens and closes the windows of faults as they are planned, and keeps what they hit. A window in which
 * nothing was hit stays open until something is, as long as there is patience.
 */
import type { Fault, Hit } from '../../test/faults/fault.ts'
import type { FaultHit, Window } from './accounts.ts'
import type { OpenFault } from './audience.ts'
import { toFaultName } from './evidence.ts'
import type { ChaosFault } from './faults.ts'
import type { PlannedWindow } from './schedule.ts'
import type { Stage } from './stage.ts'

export interface ConductorOptions {
  planned: readonly PlannedWindow[]
  stage: Pick<Stage, 'setFaults' | 'takeHits' | 'push' | 'resume' | 'cron'>
  /** How often a config is pushed, and the cron runs. */
  pushMs: number
  cronMs: number
  /** For so long a window may stay open behind its time. */
  patienceMs: number
}

interface OpenWindow extends PlannedWindow {
  openedAt: number
  hits: number
}

const TICK_MS = 200
/** The fault that pauses a target: while it lasts, nobody resumes it. */
const PAUSES = 'target answers 410'

export class Conductor {
  readonly hits: Hit[] = []
  readonly others: FaultHit[] = []
  readonly windows: Window[] = []
  /** Configs so far, the one that the Workers were deployed with included. */
  pushes = 1
  readonly #options: ConductorOptions
  readonly #startedAt = Date.now()
  #planned: readonly PlannedWindow[]
  #open: OpenWindow[] = []
  #isStopped = false
  #nextPush = 0
  #nextCron = 0

  constructor(options: ConductorOptions) {
    this.#options = options
    this.#planned = options.planned
  }

  get open(): readonly OpenFault[] {
    return this.#open
  }

  get isOver(): boolean {
    return this.#planned.length === 0 && this.#open.length === 0
  }

  /** Of a target or the app. */
  noteOther(fault: string, ids: readonly string[]): void {
    this.others.push({ fault, at: Date.now(), ids })
    this.#count(fault)
  }

  /** Goes on until `stop`, behind the windows as well: the cron and pauses need somebody. */
  async run(): Promise<void> {
    while (!this.#isStopped) {
      await this.#tick()
      await new Promise((resolve) => setTimeout(resolve, TICK_MS))
    }
  }

  stop(): void {
    this.#isStopped = true
  }

  async #tick(): Promise<void> {
    const { stage, pushMs, cronMs } = this.#options
    const now = Date.now() - this.#startedAt
    const hits = await stage.takeHits()
    this.hits.push(...hits)
    for (const { fault } of hits) this.#count(toFaultName(fault))
    const isChanged = this.#turn(now)
    if (isChanged) await stage.setFaults(this.#open.flatMap(toRules))
    const isWrong = this.#open.some(({ fault }) => fault.config === 'wrong_address')
    const changing = this.#open.find(({ fault }) => fault.config === 'changes')
    const isDue = changing !== undefined && now >= this.#nextPush
    if (isChanged || isDue) {
      await stage.push(this.pushes, isWrong)
      this.pushes += 1
      this.#nextPush = now + pushMs
      if (changing) this.noteOther(changing.fault.name, [])
    }
    if (now < this.#nextCron) return
    this.#nextCron = now + cronMs
    if (!this.#open.some(({ fault }) => fault.name === PAUSES)) await stage.resume()
    // It may hang, as D1 does, and die with its Worker.
    stage.cron().catch(() => {})
  }

  /** Whether a window was opened or closed. */
  #turn(now: number): boolean {
    const due = this.#planned.filter(({ from }) => from <= now)
    this.#planned = this.#planned.filter(({ from }) => from > now)
    const isAtEnd = ({ to, hits }: OpenWindow) =>
      to <= now && (hits > 0 || to + this.#options.patienceMs <= now)
    const ended = this.#open.filter(isAtEnd)
    for (const { fault, openedAt } of ended) {
      this.windows.push({ fault: fault.name, from: openedAt, to: Date.now() })
    }
    const opened = due.map((window) => ({ ...window, openedAt: Date.now(), hits: 0 }))
    this.#open = [...this.#open.filter((one) => !ended.includes(one)), ...opened]
    return ended.length > 0 || opened.length > 0
  }

  #count(name: string): void {
    for (const one of this.#open) if (one.fault.name === name) one.hits += 1
  }
}

function toRules({ fault, isWhole }: { fault: ChaosFault; isWhole: boolean }): Fault[] {
  return (fault.rules ?? []).map((rule, i) => {
    const named: Fault = { ...rule, name: `${fault.name}#${i}` }
    if (isWhole) delete named.share
    return named
  })
}
