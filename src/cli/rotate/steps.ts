/**
 * The steps of a rotation. Each may be the last thing that this process does: it is written so that the
 * facts then tell what is left to do. A new token is in `.dev.vars` before anything else happens, since
 * Twilio shows it once; every other ring is first on the Workers and then in `.dev.vars`.
 */
import { TOKENS_SECRET } from '../../config/secret-names.ts'
import { parseKeyRing } from '../../twilio/keyring.ts'
import { UsageError, WorkError } from '../terminal/errors.ts'
import { confirmOrEnd } from '../terminal/prompts.ts'
import { TwilioError } from '../twilio/api-error.ts'
import type { Standing, Step } from './decide-step.ts'
import { decideQuiet, type KeyUse } from './record.ts'
import {
  describeRing,
  finished,
  NEXT,
  withNext,
  withNextFirst,
  withoutNext,
  type RotatingRing,
} from './ring-edit.ts'
import { MAX_RING_BYTES } from './ring-file.ts'
import { readStanding, type Rotation } from './rotation.ts'
import { readUses } from './uses.ts'

export interface Outcome {
  standing?: Standing
  isQuiet?: boolean
  uses?: readonly KeyUse[]
  /** When it is worth while to look again, if it ends here for now. */
  quietAt?: number
  end?: 'waiting' | 'finished' | 'aborted'
}

type RunStep = (rotation: Rotation, rotating: RotatingRing) => Promise<Outcome>

export const STEPS: Record<Step, RunStep> = {
  async create(rotation, rotating) {
    const { account, file, memory, terminal, tokens, workers, isSure } = rotation
    proveRoom(rotating)
    const names = (await (await workers()).holders()).map(({ settings }) => settings.name)
    const what = `${describeRing(rotating.ring)} and the new key`
    const message =
      `Begin to rotate the auth token of ${account}? The ring in .dev.vars, ${what}, replaces ` +
      `${TOKENS_SECRET} of: ${names.join(', ')}`
    await confirmOrEnd(terminal, { message, instead: '--yes' }, isSure)
    file.proveWritable()
    memory.set({ promotedAt: null })
    await terminal.step('Creating a secondary token', async () => {
      const token = await createToken(rotation, rotating, tokens)
      file.write(withNext(rotating, token))
    })
    return { standing: 'created' }
  },

  async upload(rotation) {
    const { text } = rotation.file.read()
    await upload(rotation, text, 'Giving the Workers both keys')
    rotation.memory.setUploaded(text, rotation.now())
    return {}
  },

  async promote(rotation, rotating) {
    const { account, memory, now, terminal, tokens, isSure } = rotation
    const message =
      `Promote the new token of ${account}? From then on Twilio refuses the old one: every program ` +
      `that logs in with it needs the new one, which is "${NEXT}" in .dev.vars`
    await confirmOrEnd(terminal, { message, instead: '--yes' }, isSure)
    await settle(rotation)
    memory.set({ promotedAt: now() })
    const isDone = async () => (await readStanding(rotation, rotating)) === 'promoted'
    try {
      await terminal.step('Promoting it', () => tokens.promote(rotating.current.token, isDone))
    } catch (error) {
      throw error instanceof TwilioError ? withWayOut(error) : error
    }
    return { standing: 'promoted' }
  },

  async switch(rotation, rotating) {
    const { current, next } = rotating
    if (!next) throw new TypeError('there is nothing to switch to')
    const ring = withNextFirst(rotating)
    await upload(rotation, ring, 'Putting the new key first')
    rotation.file.write(ring, { from: current.token, to: next.token })
    rotation.memory.setUploaded(ring, rotation.now())
    if (rotation.envLogin === current.token) {
      rotation.terminal.warn('TWILIO_AUTH_TOKEN in the environment is the old token: replace it')
    }
    return {}
  },

  async watch(rotation, rotating) {
    const { memory, now, sleep, terminal, waitMs } = rotation
    const endAt = now() + waitMs
    return terminal.step('Looking which key signs', async (update) => {
      for (;;) {
        const promotedAt = memory.get().promotedAt ?? now()
        memory.set({ promotedAt })
        const uses = await readUses(rotation, rotating, promotedAt)
        const facts = { uses, oldKey: rotating.current.name, promotedAt, now: now() }
        const quietAt = decideQuiet(facts)
        if (quietAt === 0) return { uses, isQuiet: true }
        if (quietAt > endAt) return { uses, quietAt, end: 'waiting' }
        update(`the old key has to be silent until ${toTime(quietAt)}`)
        await sleep(Math.min(POLL_MS, quietAt - now()))
      }
    })
  },

  async finish(rotation, rotating) {
    const { account, file, memory, now, terminal, isSure } = rotation
    const message = `Remove the old key "${rotating.current.name}" of ${account} from the ring`
    await confirmOrEnd(terminal, { message: `${message}?`, instead: '--yes' }, isSure)
    const ring = finished(rotating)
    await upload(rotation, ring, 'Removing the old key')
    file.write(ring)
    memory.setUploaded(ring, now())
    memory.set({ promotedAt: null })
    return { standing: 'single', end: 'finished' }
  },

  async abort(rotation, rotating) {
    const { account, file, memory, now, terminal, tokens, isSure } = rotation
    const message = `Delete the secondary token of ${account} and take it out of the ring?`
    await confirmOrEnd(terminal, { message, instead: '--yes' }, isSure)
    await terminal.step('Deleting the secondary token', () => tokens.remove(rotating.current.token))
    const ring = withoutNext(rotating)
    await upload(rotation, ring, 'Removing the new key')
    file.write(ring)
    memory.setUploaded(ring, now())
    return { standing: 'single', end: 'aborted' }
  },
}

const POLL_MS = 15_000

/** The gateway that answered is one of many: all of them have to know the new key before it signs. */
async function settle({ memory, now, settleMs, sleep, terminal }: Rotation): Promise<void> {
  const restMs = (memory.get().uploadedAt ?? now()) + settleMs - now()
  if (restMs <= 0) return
  await terminal.step('Letting the Workers reach every place', () => sleep(restMs))
}

export const toTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`

/** Throws before there is a token that no Worker could hold. */
function proveRoom(rotating: RotatingRing): void {
  const ring = withNext(rotating, 'x'.repeat(32))
  if (Buffer.byteLength(ring) <= MAX_RING_BYTES && parseKeyRing(ring).ok) return
  throw new UsageError('The key ring has no room for one more key: a Worker secret holds 5 KB.', {
    code: 'ring_full',
    next: 'Take out keys that sign nothing any more, and run rotate again.',
  })
}

/** A secondary token whose value is not in our ring is of no use to anybody here. */
async function createToken(
  { account, terminal, isSure }: Rotation,
  { current }: RotatingRing,
  tokens: Rotation['tokens'],
): Promise<string> {
  const first = await tokens.create(current.token)
  if (first.kind === 'created') return first.token
  const message =
    `Twilio seems to have a secondary token of ${account} that is not in the ring, and shows it to ` +
    `nobody again. Delete it and create another one? Say no if somebody else uses it`
  await confirmOrEnd(terminal, { message, instead: '--yes' }, isSure)
  const wasThere = await tokens.remove(current.token)
  if (!wasThere && !first.error.isUnclear) throw first.error
  const second = await tokens.create(current.token)
  if (second.kind === 'created') return second.token
  throw second.error
}

async function upload(rotation: Rotation, ring: string, title: string): Promise<void> {
  const workers = await rotation.workers()
  await rotation.terminal.step(title, (update) => workers.upload(ring, update))
}

function withWayOut(error: TwilioError): WorkError {
  const next = `${error.next ?? ''} Both keys are in the ring: run rotate again, or rotate --abort.`
  return new WorkError(error.message, { code: error.code, next: next.trim() })
}
