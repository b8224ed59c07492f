/**
 * A config compiled as if for the first time, however often it was loaded before. A thread of its own
 * does it (config-thread.ts), so whatever the config's code does ends with it: it may throw, exit or
 * never finish.
 */
import { join, resolve } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { CompiledConfig } from '../../config/compiled.ts'

export interface FreshConfig {
  /** Null: there are problems. */
  config: CompiledConfig | null
  /** A line each: the place, what is wrong, what to do. */
  problems: string[]
  /** The same for what works, and probably not as it is meant. */
  warnings: string[]
  /** What it was made of, and what it looked for in vain: absolute paths. */
  files: string[]
}

/** A config may fetch something. */
const TIMEOUT_MS = 30_000

/** Never rejects. When the signal comes first, null. */
export function loadFresh(
  file: string,
  { signal, timeoutMs = TIMEOUT_MS }: { signal?: AbortSignal; timeoutMs?: number } = {},
): Promise<FreshConfig | null> {
  const thread = new Worker(join(import.meta.dirname, 'config-thread.ts'), {
    workerData: file,
    stdout: true,
  })
  // Standard output is for what dev itself prints; with --json it is JSON.
  thread.stdout.pipe(process.stderr, { end: false })
  return new Promise((done) => {
    const end = (fresh: FreshConfig | null) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      void thread.terminate()
      done(fresh)
    }
    const fail = (why: string) =>
      end({ config: null, problems: [`${file} ${why}`], warnings: [], files: [resolve(file)] })
    const onAbort = () => end(null)
    const timer = setTimeout(() => fail(`did not finish in ${timeoutMs / 1_000} s`), timeoutMs)
    signal?.addEventListener('abort', onAbort, { once: true })
    thread.once('message', end)
    thread.once('error', (error) => fail(`cannot be loaded: ${toMessage(error)}`))
    thread.once('exit', () => fail('ended before it exported anything'))
    if (signal?.aborted) onAbort()
  })
}

const toMessage = (error: unknown) => (error instanceof Error ? error.message : String(error))
