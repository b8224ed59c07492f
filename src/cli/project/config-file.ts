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
  /** Where warnings go: a terminal's `warn`. Default: standard error. */
  warn?: (text: string) => void
  /** Told of each file that the config names, before it is read. */
  onRead?: (path: string) => void
}

/** Warns; throws a UsageError that lists every problem with its path and what to do. */
export async function loadConfigFile(file: string, options: LoadOptions): Promise<CompiledConfig> {
  const compiled = await compileConfigFile(file, options)
  if (!compiled.ok) {
    const count = compiled.error.length
    const title = `${file} has ${count} problem${count === 1 ? '' : 's'}:`
    const list = compiled.error.map((problem) => `  ${toText(problem)}`)
    throw new UsageError([title, ...list].join('\n'), {
      code: 'config_invalid',
      next: 'Each line is a place, what is wrong there, and what to do.',
    })
  }
  const { warn = toStandardError } = options
  for (const warning of compiled.value.warnings) warn(`${file}: ${toText(warning)}`)
  return compiled.value.config
}

const toStandardError = (text: string) => console.warn(`warning: ${text}`)

/** Throws a UsageError only when the file cannot be run at all. */
export async function compileConfigFile(
  file: string,
  options: LoadOptions,
): Promise<Result<Compiled, Problem[]>> {
  const path = resolve(file)
  return compile(await importDefault(path, file), path, file, options)
}

/** The config is a program of the user's: reading it may run into an exception of its own. */
function compile(input: unknown, path: string, shown: string, options: LoadOptions) {
  const { local, onRead } = options
  const readFile = (name: string) => {
    const named = resolve(dirname(path), name)
    onRead?.(named)
    return readFileSync(named, 'utf8')
  }
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
  if (!(error instanceof Error)) return String(error)
  // Node tells where it cannot read TypeScript in front of the stack, and not in the message.
  const place = error instanceof SyntaxError && /^(\/.+:\d+)\n/.exec(error.stack ?? '')?.[1]
  return place ? `${error.message} (${place})` : error.message
}
