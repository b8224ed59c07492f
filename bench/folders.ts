/** Folders for what a run keeps; gone when it is done with them, or when this process ends by itself or by an error. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folders = new Set<string>()

process.once('exit', () => folders.forEach(removeFolder))

export function createFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `switchboard-${name}-`))
  folders.add(folder)
  return folder
}

export function removeFolder(folder: string): void {
  // Whoever wrote there may only just have been killed.
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  folders.delete(folder)
}
