/**
 * Puts files in their places: first all of them beside their places, then each by a rename. So a full disk
 * or a missing permission shows before anything has changed, and no file is ever half written.
 */
import { constants, copyFileSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { stageFile, type StagedFile } from '../project/write-whole.ts'
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
  const staged: StagedFile[] = []
  const written: string[] = []
  try {
    for (const { path, text, mode } of files) {
      const to = join(folder, path)
      mkdirSync(dirname(to), { recursive: true })
      staged.push(stageFile(to, text, { mode }))
    }
    for (const [i, { path, backup }] of files.entries()) {
      const file = staged[i]
      if (!file) continue
      if (backup !== null) copyFileSync(file.to, join(folder, backup), constants.COPYFILE_EXCL)
      file.commit()
      written.push(path)
    }
  } catch (error) {
    for (const { discard } of staged) discard()
    const done = written.length === 0 ? 'Nothing was changed.' : `Written: ${written.join(', ')}.`
    throw new WorkError(`Not all files could be written: ${toReason(error)}. ${done}`, {
      code: 'write_failed',
      next: 'Mend that, then run init again: what is there already stays.',
    })
  }
}
