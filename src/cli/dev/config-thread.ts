/**
 * The thread in which fresh-config.ts compiles a config: its modules are its own, so that a file that
 * was imported before is read again. Tells which files it depends on, those included that are missing.
 */
import { isBuiltin, registerHooks } from 'node:module'
import { isAbsolute, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parentPort, workerData } from 'node:worker_threads'
import { compileConfigFile, toText } from '../project/config-file.ts'
import type { FreshConfig } from './fresh-config.ts'

const file = String(workerData)
const files = new Set([resolve(file)])

registerHooks({
  resolve(specifier, context, nextResolve) {
    try {
      const resolved = nextResolve(specifier, context)
      add(resolved.url)
      return resolved
    } catch (error) {
      // What is missing may come: it is the cure.
      addMissing(specifier, context.parentURL)
      throw error
    }
  },
})

function add(url: string): void {
  if (url.startsWith('file:') && !url.includes('/node_modules/')) files.add(fileURLToPath(url))
}

function addMissing(specifier: string, parentUrl: string | undefined): void {
  const isPath = /^(?:\.{0,2}\/|file:)/.test(specifier) || isAbsolute(specifier)
  const url = isPath && !isBuiltin(specifier) ? URL.parse(specifier, parentUrl) : null
  if (url) add(url.href)
}

async function compile(): Promise<Omit<FreshConfig, 'files'>> {
  try {
    const options = { local: true, onRead: (path: string) => files.add(path) }
    const compiled = await compileConfigFile(file, options)
    if (!compiled.ok) return { config: null, problems: compiled.error.map(toText), warnings: [] }
    const { config, warnings } = compiled.value
    return { config, problems: [], warnings: warnings.map(toText) }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { config: null, problems: [message], warnings: [] }
  }
}

const outcome = await compile()
const fresh: FreshConfig = { ...outcome, files: [...files] }
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, and no window
parentPort?.postMessage(fresh)
