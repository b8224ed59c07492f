/** What a rotation works with, and what it reads of the world before each step. */
import type { Terminal } from '../terminal/terminal.ts'
import { UsageError } from '../terminal/errors.ts'
import { toStanding, type Standing } from './decide-step.ts'
import type { RotationMemory } from './memory.ts'
import { toRotatingRing, type RotatingRing } from './ring-edit.ts'
import type { RingFile } from './ring-file.ts'
import type { Tokens } from './tokens.ts'
import type { Workers } from './workers.ts'

export interface Rotation {
  account: string
  file: RingFile
  tokens: Tokens
  memory: RotationMemory
  /** Opened when it is first needed. */
  workers: () => Promise<Workers>
  terminal: Terminal
  /** `--yes` */
  isSure: boolean
  /** `--abort` */
  isAborting: boolean
  /** `--force` */
  isForced: boolean
  /** Between the upload and the promotion, at least. */
  settleMs: number
  /** How long to wait for the old key's silence. */
  waitMs: number
  /** TWILIO_AUTH_TOKEN of the environment, which nobody can change from here. */
  envLogin: string | undefined
  now: () => number
  sleep: (ms: number) => Promise<unknown>
}

export function readRotatingRing({ file, account }: Pick<Rotation, 'file' | 'account'>) {
  const rotating = toRotatingRing(file.read().ring, account)
  if (rotating) return rotating
  throw new UsageError(`The key ring in .dev.vars has no key of ${account} to begin with.`, {
    code: 'account_not_in_ring',
    next: 'Write its auth token into the ring, or name another account with --account.',
  })
}

export async function readStanding(
  { tokens }: Pick<Rotation, 'tokens'>,
  { current, next }: RotatingRing,
): Promise<Standing> {
  const ask = async ({ token }: { token: string }) => ({ token, probe: await tokens.probe(token) })
  return toStanding(await ask(current), next && (await ask(next)))
}
