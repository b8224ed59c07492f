/**
 * Keeps the Workers' config what its files say, while they run. Promises: one compilation at a time, of
 * what is there now; a config with problems changes nothing, and all of them are told.
 */
import type { FreshConfig } from './fresh-config.ts'
import { createWatch, type Watch, type WatchOptions } from './watch.ts'

export interface ReloadOptions {
  /** What is in use. */
  first: FreshConfig
  /** When that was read, milliseconds since the epoch. */
  readAt: number
  /** Compiles what is there now; null when the signal came first. */
  load: (signal: AbortSignal) => Promise<FreshConfig | null>
  /** Never rejects. */
  use: (fresh: FreshConfig) => Promise<void>
  onTrouble: WatchOptions['onTrouble']
  now: () => number
}

export function startReload(options: ReloadOptions): { stop: () => void } {
  const { first, load, use, now } = options
  let files = first.files
  let loading: AbortController | null = null
  let isRunning = false
  const watch: Watch = createWatch({
    onTrouble: options.onTrouble,
    onChange: () => {
      loading?.abort()
      loading = new AbortController()
      if (!isRunning) void run()
    },
  })

  async function run(): Promise<void> {
    isRunning = true
    while (loading) await loadOnce(loading.signal)
    isRunning = false
  }

  async function loadOnce(signal: AbortSignal): Promise<void> {
    const readAt = now()
    const fresh = await load(signal)
    // Something changed meanwhile: what was read is out of date.
    if (!fresh || signal.aborted) return
    loading = null
    await use(fresh)
    // One that cannot be loaded does not say all that it is made of.
    files = fresh.config ? fresh.files : [...new Set([...files, ...fresh.files])]
    watch.set(files, readAt)
  }

  watch.set(files, options.readAt)
  return {
    stop() {
      loading?.abort()
      loading = null
      watch.close()
    },
  }
}
