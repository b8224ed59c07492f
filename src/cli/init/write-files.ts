/**
 * Puts files in their places: first all of them beside their places, then each by a rename. So a full disk
 * or a missing permission shows before anything has changed, and no file is ever half written.
 */
import { constants, copyFileSync, existsSync, mkdirSync, realpathSync, renameSync } from 'node:fs'
import { rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { toReason, WorkError } from '../terminal/errors.ts'

export interface FileToWrite {
  /** Relative to the folder. */
  path: string
  text: string
  /** Where to keep what is there now; null: it is not kept. */
  backup: string | null
  /** Permissions; default: as the system gives them. */
  mode?: number
}

/** Throws a WorkError that names what was written before the failure, if anything. */
export function writeFiles(folder: string, files: readonly FileToWrite[]): void {
  const staged: { from: string; to: string }[] = []
  const written: string[] = []
  try {
    for (const { path, text, mode = 0o666 } of files) {
      const to = toRealPath(join(folder, path))
      mkdirSync(dirname(to), { recursive: true })
      const from = `${to}.${process.pid}.tmp`
      staged.push({ from, to })
      writeFileSync(from, text, { mode, flag: 'wx' })
    }
    for (const [i, { path, backup }] of files.entries()) {
      const { from = '', to = '' } = staged[i] ?? {}
      if (backup !== null) copyFileSync(to, join(folder, backup), constants.COPYFILE_EXCL)
      renameSync(from, to)
      written.push(path)
    }
  } catch (error) {
    for (const { from } of staged) rmSync(from, { force: true })
    const done = written.length === 0 ? 'Nothing was changed.' : `Written: ${written.join(', ')}.`
    throw new WorkError(`Not all files could be written: ${toReason(error)}. ${done}`, {
      code: 'write_failed',
      next: 'Mend that, then run init again: what is there already stays.',
    })
  }
}

/** A link stays a link. */
const toRealPath = (path: string): string => (existsSync(path) ? realpathSync(path) : path)
