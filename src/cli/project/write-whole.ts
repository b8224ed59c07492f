/**
 * Writes a file whole or not at all: beside its place first, then by a rename. Whoever reads meanwhile,
 * and whoever comes after a crash, finds the old file or the new one. A link stays a link.
 */
import { closeSync, existsSync, fsyncSync, openSync, realpathSync } from 'node:fs'
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

export interface WriteOptions {
  /** Permissions, also where the file had others; default: as the system gives them. */
  mode?: number | undefined
  /** Returns only when it would survive a power cut, too. */
  isDurable?: boolean
}

/** A file that waits beside its place. */
export interface StagedFile {
  /** What it goes over: the file itself, where `path` is a link. */
  to: string
  commit: () => void
  /** Leaves everything as it was; after a commit it does nothing. */
  discard: () => void
}

/** Throws what the file system says; nothing has changed then. */
export function writeWhole(path: string, text: string, options?: WriteOptions): void {
  const staged = stageFile(path, text, options)
  try {
    staged.commit()
  } catch (error) {
    staged.discard()
    throw error
  }
}

/** Its folder has to be there. A full disk and a missing permission show here, not at the commit. */
export function stageFile(path: string, text: string, options: WriteOptions = {}): StagedFile {
  const { mode = 0o666, isDurable = false } = options
  const to = existsSync(path) ? realpathSync(path) : path
  const from = `${to}.${process.pid}.tmp`
  const discard = () => rmSync(from, { force: true })
  // One that a killed process left might be readable by others.
  discard()
  try {
    writeFileSync(from, text, { mode, flag: 'wx', flush: isDurable })
  } catch (error) {
    discard()
    throw error
  }
  return {
    to,
    commit() {
      renameSync(from, to)
      if (isDurable) syncFolder(dirname(to))
    },
    discard,
  }
}

/** So that the new name survives, not only what is in the file. */
function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
