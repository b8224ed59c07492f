/** Folders for what the contestants keep; gone when they are, or when this process is, however it ends. */
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
