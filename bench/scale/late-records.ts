/**
 * What a lane tells the ledger itself: answers that came when nobody waited for them any more. Gathered for
 * a moment, then one call for each ledger, as src/consumer/lane.ts does; what is refused is tried again.
 */
import type { Clock } from './clock.ts'
import type { Message } from './message.ts'
import type { Writer } from './writer.ts'

export interface LateRecordsOptions {
  clock: Clock
  writers: readonly Writer[]
  gatherMs: number
}

const AGAIN_MS = 10_000

export class LateRecords {
  readonly #options: LateRecordsOptions
  #late: Message[] = []
  #isGathering = false
  calls = 0

  constructor(options: LateRecordsOptions) {
    this.#options = options
  }

  add(message: Message): void {
    this.#late.push(message)
    if (this.#isGathering) return
    this.#isGathering = true
    this.#options.clock.after(this.#options.gatherMs, () => this.#record())
  }

  #record(): void {
    this.#isGathering = false
    const byShard = Map.groupBy(this.#late, ({ shard }) => shard)
    this.#late = []
    for (const [shard, messages] of byShard) this.#write(shard, messages)
  }

  #write(shard: number, messages: readonly Message[]): void {
    const { clock, writers } = this.#options
    this.calls += 1
    const happens = () => {
      for (const message of messages) if (message.state === 'taken') message.state = 'done'
    }
    const settle = (isDone: boolean) => {
      if (!isDone) clock.after(AGAIN_MS, () => this.#write(shard, messages))
    }
    writers[shard]?.call(messages.length, settle, happens)
  }
}
