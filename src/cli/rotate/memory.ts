/**
 * What only we know of a rotation: which ring the Workers got (its hash), and when the promotion began.
 * A help and no more: without it the ring is uploaded once more, and the old key is watched for longer.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { writeWhole } from '../project/write-whole.ts'

const Memory = z.object({
  uploaded: z.string().nullable().catch(null),
  /** Milliseconds since the epoch. */
  uploadedAt: z.number().nullable().catch(null),
  /** Milliseconds since the epoch, taken before the call: nothing was signed by the new key earlier. */
  promotedAt: z.number().nullable().catch(null),
})

type Remembered = z.infer<typeof Memory>

export interface RotationMemory {
  get: () => Remembered
  set: (some: Partial<Remembered>) => void
  isUploaded: (ring: string) => boolean
  setUploaded: (ring: string, now: number) => void
}

export function openMemory(folder: string, account: string): RotationMemory {
  const path = join(folder, `${account}.json`)
  const get = () => Memory.parse(readJson(path) ?? {})
  const set = (some: Partial<Remembered>) => {
    mkdirSync(folder, { recursive: true })
    writeWhole(path, JSON.stringify({ ...get(), ...some }), { mode: 0o600 })
  }
  return {
    get,
    set,
    isUploaded: (ring) => get().uploaded === toHash(ring),
    setUploaded: (ring, now) => set({ uploaded: toHash(ring), uploadedAt: now }),
  }
}

/** Nobody guesses a ring of random tokens from its hash. */
const toHash = (ring: string): string => createHash('sha256').update(ring).digest('hex')

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return null
  }
}
