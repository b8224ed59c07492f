/**
 * Watches files, those included that are not there yet. Folders are watched and not the files: an
 * editor replaces a file by another one, and a watch would stay with the old.
 */
import { existsSync, realpathSync, statSync, watch, type FSWatcher } from 'node:fs'
import { basename, dirname } from 'node:path'

export interface Watch {
  /**
   * From now on these files; nothing once it is closed. `since`, milliseconds since the epoch: one that was changed after it counts
   * as a change, since nobody may have watched it then.
   */
  set(files: readonly string[], since: number): void
  close(): void
}

export interface WatchOptions {
  /** Some time after the last of some changes. */
  onChange: () => void
  /** A folder cannot be watched: the system has limits. */
  onTrouble: (folder: string, error: unknown) => void
  /** Saving is several changes in a row, milliseconds. */
  settleMs?: number
}

/** A file system's clock is coarser than ours. */
const CLOCK_MS = 20

export function createWatch({ onChange, onTrouble, settleMs = 80 }: WatchOptions): Watch {
  let watchers: FSWatcher[] = []
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

  function touch(): void {
    clearTimeout(timer)
    timer = setTimeout(onChange, settleMs)
  }

  function open(folder: string, names: ReadonlySet<string>): FSWatcher[] {
    try {
      const watcher = watch(folder, (_event, name) => {
        if (name === null || names.has(name)) touch()
      })
      watcher.on('error', (error) => onTrouble(folder, error))
      return [watcher]
    } catch (error) {
      onTrouble(folder, error)
      return []
    }
  }

  return {
    set(files, since) {
      if (isClosed) return
      const before = watchers
      const places = toPlaces(files)
      // The old ones go last, so that nothing is missed between them. All are new: a folder that was
      // removed and made again has the same name, and a watch that says nothing any more.
      watchers = [...places].flatMap(([folder, names]) => open(folder, names))
      for (const watcher of before) watcher.close()
      if (files.some((file) => changedAt(file) > since - CLOCK_MS)) touch()
    },
    close() {
      isClosed = true
      clearTimeout(timer)
      for (const watcher of watchers.splice(0)) watcher.close()
    },
  }
}

/** Which names to look for in which folders that exist. */
function toPlaces(files: readonly string[]): Map<string, Set<string>> {
  const places = new Map<string, Set<string>>()
  const add = (folder: string, name: string) =>
    places.set(folder, (places.get(folder) ?? new Set()).add(name))
  for (const file of files.flatMap(toWithTarget)) {
    let [folder, name] = [dirname(file), basename(file)]
    while (!existsSync(folder) && folder !== dirname(folder)) {
      ;[folder, name] = [dirname(folder), basename(folder)]
    }
    add(folder, name)
    // The folder itself may be replaced, as a checkout does.
    if (folder !== dirname(folder)) add(dirname(folder), basename(folder))
  }
  return places
}

/** A link, and what it leads to. */
function toWithTarget(file: string): string[] {
  try {
    return [...new Set([file, realpathSync(file)])]
  } catch {
    return [file]
  }
}

function changedAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
