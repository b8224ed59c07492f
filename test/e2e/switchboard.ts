/** Runs the command as a user would: a process of its own, told what to do by arguments and files. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '../..')
export const MAIN = join(ROOT, 'src/cli/main.ts')
export const AUTH_TOKEN = '0123456789abcdef0123456789abcdef'
export const SECRET = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY='

export interface Finished {
  code: number | null
  out: string
  err: string
}

interface RunOptions {
  env?: Record<string, string>
  cwd?: string
}

/** The whole environment of a run: nothing of the tester's own leaks in. */
function toEnv(env: Record<string, string>): NodeJS.ProcessEnv {
  const { PATH = '', HOME = '' } = process.env
  // The binding types say that every process has the secret; these are the ones that may not.
  const whole: Record<string, string> = { PATH, HOME, ...env }
  return whole as unknown as NodeJS.ProcessEnv
}

/** Runs a verb to its end. */
export function run(args: string[], { env = {}, cwd = ROOT }: RunOptions = {}): Promise<Finished> {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd, env: toEnv(env) })
  return finished(child)
}

export function finished(child: ChildProcess): Promise<Finished> {
  let out = ''
  let err = ''
  child.stdout?.on('data', (chunk) => (out += chunk))
  child.stderr?.on('data', (chunk) => (err += chunk))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, out, err }))
  })
}

export interface Running {
  url: string
  /** Everything printed so far. */
  output: () => string
  /** With `--json`: the lines with this name. */
  lines: (event: string) => Record<string, unknown>[]
  /** Resolves when the output matches; rejects when the process ends first or after 20 s, or as told. */
  waitFor: (pattern: RegExp, timeoutMs?: number) => Promise<RegExpMatchArray>
  child: ChildProcess
  stop: (signal?: NodeJS.Signals) => Promise<number | null>
}

const WAIT_MS = 20_000

export async function start(
  args: string[],
  { env = {}, cwd = ROOT }: RunOptions = {},
): Promise<Running> {
  const child = spawn(process.execPath, [MAIN, 'dev', ...args], { cwd, env: toEnv(env) })
  let output = ''
  const listeners = new Set<() => void>()
  const onData = (chunk: Buffer) => {
    output += chunk.toString()
    for (const listener of listeners) listener()
  }
  child.stdout.on('data', onData)
  child.stderr.on('data', onData)
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve))

  function waitFor(pattern: RegExp, timeoutMs = WAIT_MS): Promise<RegExpMatchArray> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        clearTimeout(timer)
        listeners.delete(look)
        settle()
      }
      const look = () => {
        const match = output.match(pattern)
        if (match) end(() => resolve(match))
      }
      const fail = (why: string) => end(() => reject(new Error(`${why}; it printed:\n${output}`)))
      const timer = setTimeout(() => fail(`${pattern} did not come`), timeoutMs)
      listeners.add(look)
      void closed.then(() => fail('the process ended'))
      look()
    })
  }

  const [, url = ''] = await waitFor(/(?:ready at |"dev\.ready","url":")(http:\/\/[\w.:]+)/)
  return {
    url,
    child,
    waitFor,
    output: () => output,
    lines: (event) =>
      output
        .split('\n')
        .filter((line) => line.startsWith(`{"event":"${event}"`))
        .map((line) => JSON.parse(line)),
    stop: (signal = 'SIGINT') => {
      child.kill(signal)
      return closed
    },
  }
}

export interface Workspace {
  path: string
  /** Writes a file and gives its path. */
  write: (name: string, text: string) => string
  /** A config file whose default export is this expression. */
  config: (expression: string) => string
  remove: () => void
}

/** A folder of its own, outside the project. */
export function createWorkspace(): Workspace {
  const path = mkdtempSync(join(tmpdir(), 'switchboard-'))
  const write = (name: string, text: string) => {
    writeFileSync(join(path, name), text)
    return join(path, name)
  }
  return {
    path,
    write,
    config: (expression) =>
      write(
        'my.config.ts',
        `import { defineConfig, file, hours, origin } from '${join(ROOT, 'src/config/index.ts')}'
export default defineConfig(${expression})
void [file, hours, origin]
`,
      ),
    remove: () => rmSync(path, { recursive: true, force: true }),
  }
}
