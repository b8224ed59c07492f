/**
 * A file that has no name by the time anything is in it: what a child process reads from standard input
 * and may open again. Nobody else can find it, and nothing is left of it, even if this process dies.
 * Linux and macOS.
 */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Gives a descriptor that reads the text from its start. */
export function openNamelessFile(text: string): number {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-'))
  const file = openSync(join(folder, 'stdin'), 'wx+', 0o600)
  rmSync(folder, { recursive: true })
  try {
    const bytes = Buffer.from(text)
    // At given places, so that the descriptor's own stays at the start.
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at, bytes.length - at, at)
  } catch (error) {
    closeSync(file)
    throw error
  }
  return file
}
