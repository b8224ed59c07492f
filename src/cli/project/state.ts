/**
 * The folder in which a local Switchboard keeps its KV, its ledger and its own secrets. One process at
 * a time: two would write the same database files.
 */
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { UsageError } from '../terminal/errors.ts'

export const DEFAULT_STATE = '.switchboard'

export interface StateFolder {
  path: string
  release: () => void
}

export function claimState(folder: string): StateFolder {
  const path = resolve(folder)
  mkdirSync(path, { recursive: true })
  const lock = join(path, 'pid')
  const holder = existsSync(lock) ? Number(readFileSync(lock, 'utf8')) : 0
  if (holder > 0 && holder !== process.pid && isAlive(holder)) {
    throw new UsageError(
      `Another switchboard (process ${holder}) uses ${folder}. Stop it, or pass --state with another folder.`,
    )
  }
  writeFileSync(lock, String(process.pid))
  return { path, release: () => rmSync(lock, { force: true }) }
}

/** Whether it still runs and is one of ours: a number that is free goes to the next process. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  const ps = spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' })
  // Without `ps`, as in some containers, whatever runs under the number counts.
  return ps.error !== undefined || /switchboard|main\.ts/.test(ps.stdout)
}

/** A secret that this state folder keeps for itself, made at the first use. */
export function localSecret(path: string, name: string, make: () => string): string {
  const file = join(path, name)
  if (!existsSync(file)) {
    mkdirSync(path, { recursive: true })
    writeFileSync(file, make(), { mode: 0o600 })
  }
  return readFileSync(file, 'utf8').trim()
}

/** The same without making it; undefined when no demo has run in this folder. */
export function readLocalSecret(folder: string, name: string): string | undefined {
  const file = join(folder, name)
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined
}

/** Shaped like one of Twilio's auth tokens. */
const makeAuthToken = () => randomBytes(16).toString('hex')

/** For all accounts: the key in use, and one for a rotation to promote. */
export const makeKeyRing = () =>
  JSON.stringify({ '*': { primary: makeAuthToken(), next: makeAuthToken() } })

/** 144 bits, to be typed or pasted by a person. */
export const makePassword = () => randomBytes(18).toString('base64url')

/** Shaped as Standard Webhooks wants it. */
export const makeSigningSecret = () => `whsec_${randomBytes(24).toString('base64')}`
