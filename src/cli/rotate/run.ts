/** Goes through a rotation, step by step, until it is over or has to wait. */
import { UsageError, WorkError } from '../terminal/errors.ts'
import {
  decideRotationStep,
  type RotationFacts,
  type Step,
  type StopReason,
} from './decide-step.ts'
import type { RotatingRing } from './ring-edit.ts'
import { readRotatingRing, readStanding, type Rotation } from './rotation.ts'
import { STEPS, type Outcome } from './steps.ts'
import { readUses } from './uses.ts'

export interface Progress extends Outcome {
  rotating: RotatingRing
  did: Step[]
  /** What would be done now; null: nothing. */
  next: Step | null
  /** Why nothing can be done. */
  stop: StopReason | null
}

export async function runRotation(rotation: Rotation): Promise<Progress> {
  const { terminal } = rotation
  // Whatever is wrong at Cloudflare is known before anything is changed at Twilio.
  await terminal.step('Looking at the Workers', async () => (await rotation.workers()).holders())
  const did: Step[] = []
  let seen: Outcome = await terminal.step('Asking Twilio', () => look(rotation))
  for (;;) {
    const rotating = readRotatingRing(rotation)
    const decision = decideRotationStep(toFacts(rotation, rotating, seen))
    if ('stop' in decision) throw toError(decision.stop)
    const outcome = await STEPS[decision.step](rotation, rotating)
    did.push(decision.step)
    seen = { ...seen, ...outcome }
    if (seen.end) {
      const next = seen.end === 'waiting' ? 'watch' : null
      return { ...seen, rotating: readRotatingRing(rotation), did, next, stop: null }
    }
  }
}

/** Changes nothing. */
export async function lookOnly(rotation: Rotation): Promise<Progress> {
  const seen = await rotation.terminal.step('Asking Twilio', () => look(rotation))
  const rotating = readRotatingRing(rotation)
  const decision = decideRotationStep(toFacts(rotation, rotating, seen))
  const { promotedAt } = rotation.memory.get()
  const uses =
    seen.standing === 'promoted'
      ? { uses: await readUses(rotation, rotating, promotedAt ?? rotation.now()) }
      : {}
  const [next, stop] = 'stop' in decision ? [null, decision.stop] : [decision.step, null]
  return { ...seen, ...uses, rotating, did: [], next, stop }
}

async function look(rotation: Rotation): Promise<Outcome> {
  return { standing: await readStanding(rotation, readRotatingRing(rotation)) }
}

function toFacts(rotation: Rotation, rotating: RotatingRing, seen: Outcome): RotationFacts {
  const { file, isAborting, isForced, memory } = rotation
  return {
    standing: seen.standing ?? 'locked_out',
    isNextFirst: rotating.isNextFirst,
    isUploaded: memory.isUploaded(file.read().text),
    isQuiet: seen.isQuiet ?? null,
    isAborting,
    isForced,
  }
}

function toError(reason: StopReason): UsageError | WorkError {
  switch (reason) {
    case 'locked_out':
      return new UsageError('Twilio accepts no key of the ring for that account.', {
        code: 'locked_out',
        next:
          'Write the auth token that the Twilio console shows into the ring in .dev.vars, as the ' +
          'first key of the account.',
      })
    case 'next_lost':
      return new WorkError('Twilio does not accept the key "next" of the ring.', {
        code: 'next_lost',
        next:
          'A token that was just created may need a minute: run rotate again. If somebody deleted ' +
          'it: rotate --abort, then rotate.',
      })
    case 'nothing_to_abort':
      return new UsageError('There is no rotation to abort.', { code: 'nothing_to_abort' })
    case 'too_late_to_abort':
      return new UsageError('The new token is promoted, and Twilio has forgotten the old one.', {
        code: 'too_late_to_abort',
        next: 'Run rotate without --abort: it finishes.',
      })
  }
}
