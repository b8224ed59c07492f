/**
 * Runs the project's own wrangler as a process. What it prints is kept, and shown only when it failed.
 * Nothing secret is among its arguments: secrets go through the environment or standard input.
 */
import { spawn } from 'node:child_process'
import { closeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { WorkError } from '../terminal/errors.ts'
import { openNamelessFile } from './nameless-file.ts'

export interface WranglerCall {
  args: readonly string[]
  /** The folder of the wrangler files. */
  cwd: string
  /** Added to this process's own environment. */
  env?: Record<string, string>
  /** Standard input, which wrangler can also open by name: STDIN_FILE. None: closed. */
  stdin?: string
  /** Secrets, which must not be shown even if wrangler prints them. */
  hidden?: readonly string[]
}

export interface WranglerRun {
  code: number | null
  out: string
  err: string
}

/** Standard input for an option of wrangler that wants a file: `--secrets-file`. */
export const STDIN_FILE = '/dev/stdin'

/** Nobody is there to be asked, and nothing is reported to Cloudflare. */
export const QUIET = {
  CI: '1',
  NO_COLOR: '1',
  FORCE_COLOR: '0',
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_SEND_ERROR_REPORTS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  WRANGLER_NO_SKILLS_UPDATE_PROMPTS: 'true',
  WRANGLER_WRITE_LOGS: 'false',
}

const SHOWN_LINES = 15

/** Wherever npm put it. */
export function findWrangler(): string {
  const require = createRequire(import.meta.url)
  return join(dirname(require.resolve('wrangler/package.json')), 'bin/wrangler.js')
}

/** Runs it to its end, whatever that is. A signal that ends this process ends wrangler too. */
export function runWrangler({ args, cwd, env = {}, stdin }: WranglerCall): Promise<WranglerRun> {
  const input = stdin === undefined ? null : openNamelessFile(stdin)
  const child = spawn(process.execPath, [findWrangler(), ...args], {
    cwd,
    env: { ...process.env, ...QUIET, ...env },
    stdio: [input ?? 'ignore', 'pipe', 'pipe'],
  })
  if (input !== null) closeSync(input)
  let out = ''
  let err = ''
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const stop = () => child.kill('SIGTERM')
  process.once('exit', stop)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      process.off('exit', stop)
      resolve({ code, out, err })
    })
  })
}

/** Runs it and gives what it printed; a WorkError with its last words when it fails. */
export async function wrangler(call: WranglerCall): Promise<string> {
  const run = await runWrangler(call)
  if (run.code === 0) return run.out
  const title = `wrangler ${call.args.slice(0, 3).join(' ')} failed:`
  const lines = (call.hidden ?? []).reduce(
    (text, secret) => text.replaceAll(secret, '(hidden)'),
    toLastLines(run),
  )
  throw new WorkError(`${title}\n${lines}`, {
    code: 'wrangler_failed',
    next: 'Mend what wrangler complains about, and try again.',
  })
}

export function toLastLines({ out, err }: WranglerRun): string {
  const lines = stripVTControlCharacters(`${out}\n${err}`)
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
  return lines
    .slice(-SHOWN_LINES)
    .map((line) => `  ${line}`)
    .join('\n')
}
