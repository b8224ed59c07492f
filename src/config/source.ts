/**
 * Where a Worker's config comes from: memory, KV, and the copy it was deployed with, in that order.
 *
 * A new isolate reads KV before its first answer, within a budget. After that the config is in
 * memory and refreshed in the background, so that no request waits. A document that is not whole is
 * refused and logged, and the last good one stays.
 *
 * No promise is shared between requests: in Workers, I/O that one request started cannot be awaited
 * by another. Requests that arrive during the first read each make their own.
 */
import { withDeadline } from '../deadline.ts'
import { createRareLog } from '../log.ts'
import type { CompiledConfig } from './compiled.ts'
import { parseDocument } from './document.ts'

/** KV key of the published document. */
export const CONFIG_KEY = 'config:current'

export interface ConfigStore {
  /** The published document as text, or null. Eventually consistent: up to a minute old. */
  get(): Promise<string | null>
}

export interface LoadedConfig<Prepared> {
  version: string
  prepared: Prepared
}

export interface ConfigSource<Prepared> {
  /** The config to use now; null when there is none at all. Waits in a new isolate, and when live. */
  current(
    waitUntil: (work: Promise<unknown>) => void,
  ): LoadedConfig<Prepared> | null | Promise<LoadedConfig<Prepared> | null>
}

export interface ConfigSourceOptions<Prepared> {
  /** The document that the Worker was deployed with. */
  builtIn: unknown
  store: ConfigStore
  /** Turns a compiled config into what the Worker uses; may throw for a broken one. */
  prepare: (config: CompiledConfig) => Prepared
  /** Milliseconds since the epoch. */
  now: () => number
  /** Called with the reason when a document is refused; at most once a minute for the same reason. */
  onRefused: (problem: { source: 'kv' | 'built-in'; reason: string }) => void
  /** How old the config in memory may be before it is refreshed, milliseconds. */
  refreshMs?: number
  /** How long the first answer of an isolate may wait for KV, milliseconds. */
  budgetMs?: number
  /**
   * Local development: the store is read before every answer, within LIVE_BUDGET_MS, so that what was
   * just published counts at once. Never in a deploy, where each webhook would wait for KV.
   */
  isLive?: boolean
}

/** A refresh whose request was cancelled never settles; after this long another may start. */
const REFRESH_TIMEOUT_MS = 10_000
/** A file on the same machine: a busy one may take its time, and the old config would be a wrong answer. */
const LIVE_BUDGET_MS = 5_000
/** How long a Worker that found no usable config at all waits before it looks again. */
const EMPTY_RETRY_MS = 1_000

export function createConfigSource<Prepared>(
  options: ConfigSourceOptions<Prepared>,
): ConfigSource<Prepared> {
  const { store, prepare, now, refreshMs = 30_000, isLive = false } = options
  const budgetMs = isLive ? LIVE_BUDGET_MS : (options.budgetMs ?? 250)
  let loaded: LoadedConfig<Prepared> | null = null
  let checkedAt: number | null = null
  let refreshStartedAt: number | null = null
  const reportRarely = createRareLog(options.onRefused, now)

  function refuse(source: 'kv' | 'built-in', reason: string): null {
    reportRarely(`${source} ${reason}`, { source, reason })
    return null
  }

  function load(source: 'kv' | 'built-in', value: unknown): LoadedConfig<Prepared> | null {
    const parsed = parseDocument(value)
    if (!parsed.ok) return refuse(source, parsed.error.reason)
    if (parsed.value.version === loaded?.version) return loaded
    try {
      return { version: parsed.value.version, prepared: prepare(parsed.value.config) }
    } catch {
      return refuse(source, 'broken')
    }
  }

  async function read(): Promise<void> {
    try {
      const text = await store.get()
      const fresh = text === null ? null : load('kv', text)
      if (fresh) loaded = fresh
    } catch {
      refuse('kv', 'unavailable')
    } finally {
      checkedAt = now()
      refreshStartedAt = null
    }
  }

  function refreshInBackground(waitUntil: (work: Promise<unknown>) => void): void {
    if (checkedAt !== null && now() - checkedAt < refreshMs) return
    if (refreshStartedAt !== null && now() - refreshStartedAt < REFRESH_TIMEOUT_MS) return
    refreshStartedAt = now()
    waitUntil(read())
  }

  /** Without any config every request would read KV: a forger could run up the bill. */
  function readRecently(): boolean {
    return checkedAt !== null && now() - checkedAt < EMPTY_RETRY_MS
  }

  async function readNow(waitUntil: (work: Promise<unknown>) => void) {
    const reading = read()
    waitUntil(reading)
    await withDeadline(reading, budgetMs, undefined)
    loaded ??= load('built-in', options.builtIn)
    return loaded
  }

  return {
    current(waitUntil) {
      if (isLive) return readNow(waitUntil)
      if (!loaded) return readRecently() ? null : readNow(waitUntil)
      refreshInBackground(waitUntil)
      return loaded
    },
  }
}
