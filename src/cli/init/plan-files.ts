/**
 * What becomes of each file that `init` would write, decided before anything is written. What is there
 * and differs is never lost: it is kept beside the new one, and unless it is the demo that the clone came
 * with, somebody has to agree first.
 */
import type { ProjectFile } from './project-files.ts'

/** A line of the shipped config. It is gone from every file that `init` writes. */
export const DEMO_MARKER = 'switchboard init replaces this demo'

export interface PlannedFile extends ProjectFile {
  action: 'create' | 'replace' | 'unchanged'
  /** Where what was there goes; null: nothing was. */
  backup: string | null
  /** Somebody's own work is there. */
  needsConsent: boolean
}

/** @param read the text of a file, by its path in the project; null when there is none */
export function planFiles(
  files: readonly ProjectFile[],
  read: (path: string) => string | null,
): PlannedFile[] {
  return files.map((file) => {
    const before = read(file.path)
    if (before === null) return { ...file, action: 'create', backup: null, needsConsent: false }
    if (before === file.text) {
      return { ...file, action: 'unchanged', backup: null, needsConsent: false }
    }
    const needsConsent = !before.includes(DEMO_MARKER)
    return { ...file, action: 'replace', backup: toBackupPath(file.path, read), needsConsent }
  })
}

/** `….bak`, `….bak.2`, …: the first that is free. */
function toBackupPath(path: string, read: (path: string) => string | null): string {
  let name = `${path}.bak`
  for (let i = 2; read(name) !== null; i++) name = `${path}.bak.${i}`
  return name
}
