/**
 * What the consumer does with a batch, as src/consumer/consume.ts has it: claim, offer to the lanes,
 * record, settle. With `recordProblemsOnly` the lanes are asked first, and what goes well ends there. A call
 * of D1 that fails postpones what it was about; a lease that runs keeps a message.
 */
import { toPostponementMs } from '../../src/consumer/postpone.ts'
import { LEASE_MS } from '../../src/ledger/ledger.ts'
import type { Clock } from './clock.ts'
import type { Lane, LaneAnswer } from './lane.ts'
import type { Message } from './message.ts'
import type { Queue } from './queue.ts'
import type { Writer } from './writer.ts'

export interface ConsumerOptions {
  clock: Clock
  queue: () => Queue
  writer: Writer
  lanes: readonly Lane[]
  /** To a lane and back, milliseconds. */
  hopMs: number
  /** The delay before each further try; after the last one it is dead, which is finished as well. */
  retryMs: readonly number[]
  recordProblemsOnly: boolean
}

type Answers = ReadonlyMap<Message, LaneAnswer>

const NOTHING_ASKED: Answers = new Map()
const isFirst = ({ handOuts }: Message) => handOuts === 1

export class Consumer {
  readonly #options: ConsumerOptions
  /** In the consumer, without its waits for D1. */
  ownMs = 0
  /** Events that the ledger has. */
  kept = 0
  postponed = 0

  constructor(options: ConsumerOptions) {
    this.#options = options
  }

  consume(batch: readonly Message[], end: () => void): void {
    if (!this.#options.recordProblemsOnly) {
      this.#deliver(batch, NOTHING_ASKED, end)
      return
    }
    let open = 2
    const endOne = () => {
      open -= 1
      if (open === 0) end()
    }
    this.#deliver(
      batch.filter((message) => !isFirst(message)),
      NOTHING_ASKED,
      endOne,
    )
    this.#deliverUnrecorded(batch.filter(isFirst), endOne)
  }

  /** Who is paused is read; then what is taken at once is acknowledged, and the rest goes the usual way. */
  #deliverUnrecorded(batch: readonly Message[], end: () => void): void {
    if (batch.length === 0) {
      end()
      return
    }
    this.#options.writer.call(0, (isDone) => {
      if (!isDone) {
        this.#deliver(batch, NOTHING_ASKED, end)
        return
      }
      this.#ask(batch, (answers) => {
        const left = batch.filter((message) => answers.get(message)?.state !== 'taken')
        for (const message of batch) if (!left.includes(message)) this.#finish(message)
        const said = [...answers].filter(([, { state }]) => state !== 'held')
        this.#deliver(left, new Map(said), end)
      })
    })
  }

  #deliver(batch: readonly Message[], asked: Answers, end: () => void): void {
    if (batch.length === 0) {
      end()
      return
    }
    this.#claim(batch, (ours) => {
      const now = this.#options.clock.now()
      const isDue = (message: Message) =>
        message.state !== 'done' && (message.state !== 'waiting' || message.dueAt <= now)
      const offered = ours.filter((message) => isDue(message) && !asked.has(message))
      this.#ask(offered, (answers) => this.#record(ours, new Map([...asked, ...answers]), end))
    })
  }

  #claim(batch: readonly Message[], then: (ours: readonly Message[]) => void): void {
    const { writer, clock } = this.#options
    let ours: readonly Message[] = []
    const happens = () => {
      const now = clock.now()
      ours = batch.filter(({ leaseUntil }) => leaseUntil <= now)
      for (const message of batch) this.#keep(message)
      for (const message of ours) message.leaseUntil = now + LEASE_MS
    }
    const settle = (isDone: boolean) => {
      if (!isDone) for (const message of batch) this.#postpone(message)
      else {
        const known = new Set(ours)
        const others = batch.filter((message) => !known.has(message))
        for (const one of others) this.#giveBack(one, one.leaseUntil - clock.now())
      }
      then(isDone ? ours : [])
    }
    writer.call(batch.length, settle, happens)
  }

  /** One call for each lane, all at once. */
  #ask(messages: readonly Message[], then: (answers: Answers) => void): void {
    const { clock, lanes, hopMs } = this.#options
    const beganAt = clock.now()
    const groups = [...Map.groupBy(messages, ({ lane }) => lane)]
    const answers = new Map<Message, LaneAnswer>()
    let open = groups.length
    if (open === 0) then(answers)
    for (const [at, some] of groups) {
      for (const message of some) if (message.state === 'waiting') message.state = 'open'
      clock.after(hopMs, () => {
        lanes[at]?.offer(some, (answered) => {
          for (const [message, answer] of answered) answers.set(message, answer)
          open -= 1
          if (open > 0) return
          this.ownMs += clock.now() - beganAt
          then(answers)
        })
      })
    }
  }

  #record(ours: readonly Message[], answers: Answers, end: () => void): void {
    const written = ours.filter(({ state }) => state !== 'done')
    const settle = (isDone: boolean) => {
      for (const message of ours) {
        if (!isDone && message.state !== 'done') this.#postpone(message)
        else this.#settle(message, answers.get(message))
      }
      end()
    }
    if (written.length === 0) {
      settle(true)
      return
    }
    this.#options.writer.call(written.length, settle, () => {
      for (const message of written) message.leaseUntil = 0
    })
  }

  #settle(message: Message, answer: LaneAnswer | undefined): void {
    if (answer?.state === 'failed') this.fail(message)
    if (answer?.state === 'taken' || message.state === 'done') this.#finish(message)
    else if (answer && 'forMs' in answer) this.#giveBack(message, answer.forMs)
    else this.#giveBack(message, message.dueAt - this.#options.clock.now())
  }

  #finish(message: Message): void {
    message.state = 'done'
    this.#options.queue().acknowledge()
  }

  /** After the last try it is dead. */
  fail(message: Message): void {
    const { clock, retryMs } = this.#options
    const delayMs = retryMs[message.failures]
    message.failures += 1
    message.state = delayMs === undefined ? 'done' : 'waiting'
    message.dueAt = clock.now() + (delayMs ?? 0)
  }

  #giveBack(message: Message, delayMs: number): void {
    this.#options.queue().retry(message, Math.max(delayMs, 0))
  }

  #postpone(message: Message): void {
    this.postponed += 1
    this.#giveBack(message, toPostponementMs(message.handOuts))
  }

  #keep(message: Message): void {
    if (message.isKept) return
    message.isKept = true
    this.kept += 1
  }
}
