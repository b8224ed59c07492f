/**
 * Sends everything again that is dead and passes a filter: a plan, a yes, and a job at the console that
 * goes on by itself. What is watched here is only watched: Ctrl-C ends the watching.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { InferRequestType } from 'hono/client'
import { CancelledError, CommandError, EXIT, WorkError } from '../terminal/errors.ts'
import { confirmOrEnd } from '../terminal/prompts.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { read, type ApiClient } from './client.ts'
import { createReplayId } from './replay-id.ts'
import {
  isMoving,
  toJobText,
  toPlanText,
  toProgress,
  type Plan,
  type Watched,
} from './replay-words.ts'

export type DeadFilter = InferRequestType<ApiClient['replays']['plan']['$post']>['json']['filter']

export interface DeadOrder {
  filter: DeadFilter
  id: string | undefined
  dryRun: boolean
  yes: boolean
  /** Do not wait for its end. */
  detach: boolean
}

export async function replayDead(
  terminal: Terminal,
  api: ApiClient,
  order: DeadOrder,
): Promise<void> {
  const { filter, id = createReplayId(), dryRun, detach } = order
  const hasBegun = order.id !== undefined && (await isKnown(api, order.id))
  const plan = await read(api.replays.plan.$post({ json: { filter } }))
  if (dryRun) {
    const text = `${toPlanText(plan)}\n\nNothing was sent: --dry-run.`
    return terminal.result({ dryRun, plan }, text)
  }
  if (!hasBegun) {
    if (plan.events === 0) return terminal.result({ plan, job: null }, toPlanText(plan))
    await confirm(terminal, plan, order)
  }
  await start(api, id, filter)
  if (!detach) return follow(terminal, api, id)
  const watched = await read(api.replays[':id'].$get({ param: { id } }))
  terminal.result(watched, toJobText(watched))
}

/** One that runs already has been said yes to. */
async function isKnown(api: ApiClient, id: string): Promise<boolean> {
  try {
    await read(api.replays[':id'].$get({ param: { id } }))
    return true
  } catch (error) {
    if (error instanceof CommandError && error.code === 'replay_unknown') return false
    throw error
  }
}

async function confirm(terminal: Terminal, plan: Plan, { yes }: DeadOrder): Promise<void> {
  terminal.note(toPlanText(plan))
  const count = `${plan.events} ${plan.events === 1 ? 'event' : 'events'}`
  await confirmOrEnd(terminal, { message: `Send ${count} again?`, instead: '--yes' }, yes)
}

/** Whether it has begun is not known when the answer is lost: the id tells. */
async function start(api: ApiClient, id: string, filter: DeadFilter): Promise<void> {
  try {
    await read(api.replays[':id'].$put({ param: { id }, json: { filter } }))
  } catch (error) {
    if (!(error instanceof CommandError) || error.exitCode === EXIT.usage) throw error
    throw new WorkError(`${error.message}\nWhether the replay has begun is not known.`, {
      code: error.code,
      next: `Run the same with --as ${id}: if it has begun, it does not begin again.`,
    })
  }
}

export async function watchReplay(terminal: Terminal, api: ApiClient, id: string): Promise<void> {
  await read(api.replays[':id'].$get({ param: { id } }))
  await follow(terminal, api, id)
}

export async function cancelReplay(terminal: Terminal, api: ApiClient, id: string): Promise<void> {
  const param = { id }
  await read(api.replays[':id'].cancel.$post({ param }))
  const watched = await read(api.replays[':id'].$get({ param }))
  terminal.result(watched, toJobText(watched))
}

const LOOK_EVERY_MS = 1_000
/** What waits for a target that is down waits for hours: nobody has to. */
const SETTLE_MS = 15_000

async function follow(terminal: Terminal, api: ApiClient, id: string): Promise<void> {
  const hint = `The replay goes on. To end it: switchboard events replay --cancel ${id}`
  const stop = onInterrupt()
  try {
    const watched = await terminal.step(`Replay ${id}`, (update) =>
      lookUntilStill(api, id, stop.signal, (at) => update(toProgress(at))),
    )
    terminal.result(watched, toJobText(watched))
    if (watched.job.state === 'cancelled' || watched.outcome.dead > 0) {
      process.exitCode = EXIT.failed
    }
  } catch (error) {
    if (stop.signal.aborted) throw new CancelledError(hint)
    if (error instanceof CommandError) {
      throw new WorkError(error.message, {
        code: error.code,
        next: `${hint}\nTo see it again: switchboard events replay --watch ${id}`,
      })
    }
    throw error
  } finally {
    stop.end()
  }
}

async function lookUntilStill(
  api: ApiClient,
  id: string,
  signal: AbortSignal,
  onLook: (watched: Watched) => void,
): Promise<Watched> {
  let sentAt: number | null = null
  for (;;) {
    const watched = await read(api.replays[':id'].$get({ param: { id } }, { init: { signal } }))
    onLook(watched)
    if (watched.job.state !== 'running') sentAt ??= performance.now()
    const isLate = sentAt !== null && performance.now() - sentAt > SETTLE_MS
    if (!isMoving(watched) || isLate) return watched
    await sleep(LOOK_EVERY_MS, undefined, { signal })
  }
}

/** Takes Ctrl-C over until `end`. */
function onInterrupt() {
  const controller = new AbortController()
  const abort = () => controller.abort()
  process.once('SIGINT', abort)
  process.once('SIGTERM', abort)
  return {
    signal: controller.signal,
    end() {
      process.off('SIGINT', abort)
      process.off('SIGTERM', abort)
    },
  }
}
