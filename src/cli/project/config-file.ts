/**
 * Loads a config file from anywhere on the disk and compiles it. Every problem is reported at once.
 *
 * The file is TypeScript (or JavaScript) that this process runs: Node strips the types. A Worker only
 * ever sees the compiled JSON.
 */
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { CompiledConfig } from '../../config/compiled.ts'
import { compileConfig, type Compiled, type Problem } from '../../config/compile.ts'
import type { Result } from '../../result.ts'
import { UsageError } from '../terminal/errors.ts'

export const DEFAULT_CONFIG_FILE = 'switchboard.config.ts'

export interface LoadOptions {
  /** Local development: plain http and private addresses are allowed. */
  local: boolean
}

/** Warns on standard error; throws a UsageError that lists every problem with its path and what to do. */
export async function loadConfigFile(file: string, options: LoadOptions): Promise<CompiledConfig> {
  const compiled = await compileConfigFile(file, options)
  if (!compiled.ok) {
    const count = compiled.error.length
    const title = `${file} has ${count} problem${count === 1 ? '' : 's'}:`
    const list = compiled.error.map((problem) => `  ${toText(problem)}`)
    throw new UsageError([title, ...list].join('\n'), { code: 'config_invalid' })
  }
  for (const warning of compiled.value.warnings) {
    console.warn(`${file}: warning: ${toText(warning)}`)
  }
  return compiled.value.config
}

/** Throws a UsageError only when the file cannot be run at all. */
export async function compileConfigFile(
  file: string,
  options: LoadOptions,
): Promise<Result<Compiled, Problem[]>> {
  const path = resolve(file)
  return compile(await importDefault(path, file), path, file, options)
}

/** The config is a program of the user's: reading it may run into an exception of its own. */
function compile(input: unknown, path: string, shown: string, { local }: LoadOptions) {
  const readFile = (name: string) => readFileSync(resolve(dirname(path), name), 'utf8')
  try {
    return compileConfig(input, { readFile, local })
  } catch (error) {
    throw unreadable(`${shown} cannot be read: ${toMessage(error)}`)
  }
}

async function importDefault(path: string, shown: string): Promise<unknown> {
  try {
    const module: Record<string, unknown> = await import(pathToFileURL(path).href)
    if ('default' in module) return module['default']
  } catch (error) {
    throw unreadable(`${shown} cannot be loaded: ${toMessage(error)}`)
  }
  throw unreadable(`${shown} exports nothing: write "export default defineConfig({ … })".`)
}

const unreadable = (message: string) => new UsageError(message, { code: 'config_unreadable' })

/** One line: the place, what is wrong there, what to do. */
export function toText({ path, message, fix }: Problem): string {
  return `${path === '' ? '(config)' : path}: ${message}; ${fix}`
}

function toMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
