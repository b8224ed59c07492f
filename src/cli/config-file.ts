/**
 * Loads a config file from anywhere on the disk and compiles it. Every problem is reported at once.
 *
 * The file is TypeScript (or JavaScript) that this process runs: Node strips the types. A Worker only
 * ever sees the compiled JSON.
 */
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { CompiledConfig } from '../config/compiled.ts'
import { compileConfig, type Problem } from '../config/compile.ts'
import { UsageError } from './errors.ts'

export const DEFAULT_CONFIG_FILE = 'switchboard.config.ts'

export interface LoadOptions {
  /** Local development: plain http and private addresses are allowed. */
  local: boolean
}

/** Prints warnings; throws a UsageError that lists every problem with its path and what to do. */
export async function loadConfigFile(file: string, options: LoadOptions): Promise<CompiledConfig> {
  const path = resolve(file)
  const compiled = compile(await importDefault(path, file), path, file, options)
  if (!compiled.ok) {
    const list = compiled.error.map(toText).join('\n')
    const count = compiled.error.length
    throw new UsageError(`${file} has ${count} problem${count === 1 ? '' : 's'}:\n${list}`)
  }
  for (const warning of compiled.value.warnings)
    console.warn(`${file}: warning: ${toText(warning).trim()}`)
  return compiled.value.config
}

/** The config is a program of the user's: reading it may run into an exception of its own. */
function compile(input: unknown, path: string, shown: string, { local }: LoadOptions) {
  const readFile = (name: string) => readFileSync(resolve(dirname(path), name), 'utf8')
  try {
    return compileConfig(input, { readFile, local })
  } catch (error) {
    throw new UsageError(`${shown} cannot be read: ${toReason(error)}`)
  }
}

async function importDefault(path: string, shown: string): Promise<unknown> {
  try {
    const module: Record<string, unknown> = await import(pathToFileURL(path).href)
    if ('default' in module) return module['default']
  } catch (error) {
    throw new UsageError(`${shown} cannot be loaded: ${toReason(error)}`)
  }
  throw new UsageError(`${shown} exports nothing: write "export default defineConfig({ … })".`)
}

function toText({ path, message, fix }: Problem): string {
  return `  ${path === '' ? '(config)' : path}: ${message}; ${fix}`
}

function toReason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
