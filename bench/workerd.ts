/**
 * A plain `workerd serve` for each contestant, on a loopback port that the system chooses, and the CPU
 * time that it has used. Local simulators (miniflare) would measure themselves.
 *
 * Every process and the folder with their files are gone when this process is, however it ends.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

const COMPATIBILITY_DATE = '2026-10-12'
const START_TIMEOUT_MS = 20_000

export interface WorkerOptions {
  name: string
  /** The bundled Worker. */
  code: string
  /** Text bindings. */
  texts: Record<string, string>
  /** A bundled Worker that is the namespace `KV` and the queue `EVENTS`, behind workerd's own stubs. */
  stores?: string
  /** Default: any free one. */
  port?: number
  /** What starts it, in front of its own command: `['taskset', '-c', '0']`. */
  prefix?: readonly string[]
  /** It may call loopback. */
  callsLoopback?: boolean
  /** What it complains of is not shown. */
  isQuiet?: boolean
}

export interface RunningWorker {
  name: string
  pid: number
  port: number
  /** Where the stores answer by themselves; 0 without any. */
  storesPort: number
  /** User and system time of the process so far, microseconds. */
  cpuUs(): number
  stop(): void
  /** Settles when the process is gone. */
  ended: Promise<unknown>
}

const children = new Set<ChildProcess>()
const folder = mkdtempSync(join(tmpdir(), 'switchboard-bench-'))

process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => process.exit(130))
}

export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { name, code, stores, prefix = [], isQuiet = false } = options
  const configPath = join(folder, `${name}.capnp`)
  writeFileSync(join(folder, `${name}.js`), code)
  if (stores !== undefined) writeFileSync(join(folder, `${name}.stores.js`), stores)
  writeFileSync(configPath, toConfig(options))
  // The logs are written, as in production, and thrown away.
  const [command, ...args] = [...prefix, findWorkerd(), 'serve', '--control-fd=3', configPath]
  const child = spawn(command, args, {
    stdio: ['ignore', 'ignore', isQuiet ? 'ignore' : 'inherit', 'pipe'],
  })
  children.add(child)
  child.once('exit', () => children.delete(child))
  const ended = once(child, 'exit')
  const ports = await readPorts(child, stores === undefined ? ['http'] : ['http', 'stores'])
  const { pid } = child
  if (pid === undefined) throw new Error(`${name} did not start`)
  return {
    name,
    pid,
    port: ports.get('http') ?? 0,
    storesPort: ports.get('stores') ?? 0,
    cpuUs: () => readCpuUs(pid),
    stop: () => void child.kill('SIGKILL'),
    ended,
  }
}

function findWorkerd(): string {
  // The package says where the binary of this platform is; it has no types.
  const workerd: { default: string } = createRequire(import.meta.url)('workerd')
  return workerd.default
}

/** The part of workerd's own config language that is needed here. Its texts are written as JSON's. */
function toConfig(options: WorkerOptions): string {
  const { name, texts, stores, port = 0, callsLoopback = false } = options
  const bindings = Object.entries(texts).map(
    ([key, value]) => `(name = ${JSON.stringify(key)}, text = ${JSON.stringify(value)})`,
  )
  if (stores !== undefined) {
    bindings.push('(name = "KV", kvNamespace = "stores")', '(name = "EVENTS", queue = "stores")')
  }
  const services = [toService('main', `${name}.js`, bindings)]
  const sockets = [toSocket('http', 'main', port)]
  if (callsLoopback) services.push('(name = "internet", network = (allow = ["private"]))')
  if (stores !== undefined) {
    services.push(toService('stores', `${name}.stores.js`, []))
    sockets.push(toSocket('stores', 'stores', 0))
  }
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [${services.join(', ')}],
  sockets = [${sockets.join(', ')}],
);
`
}

function toService(name: string, file: string, bindings: string[]): string {
  return `(name = "${name}", worker = (
    modules = [(name = "worker", esModule = embed "${file}")],
    compatibilityDate = "${COMPATIBILITY_DATE}",
    bindings = [${bindings.join(', ')}],
  ))`
}

/** Behind a proxy that ends TLS, as in production: Workers see `https:` URLs. */
function toSocket(name: string, service: string, port: number): string {
  const http = '(forwardedProtoHeader = "X-Forwarded-Proto")'
  return `(name = "${name}", address = "127.0.0.1:${port}", http = ${http}, service = "${service}")`
}

/** workerd says on its control pipe which port it took for each socket. */
function readPorts(child: ChildProcess, sockets: string[]): Promise<Map<string, number>> {
  return new Promise((resolve, reject) => {
    const ports = new Map<string, number>()
    const timer = setTimeout(() => reject(new Error('workerd did not start')), START_TIMEOUT_MS)
    child.once('exit', () => reject(new Error('workerd ended')))
    child.once('error', reject)
    createInterface({ input: child.stdio[3] as Readable }).on('line', (line) => {
      const message: { event: string; socket: string; port: number } = JSON.parse(line)
      if (message.event === 'listen') ports.set(message.socket, message.port)
      if (!sockets.every((socket) => ports.has(socket))) return
      clearTimeout(timer)
      resolve(ports)
    })
  })
}

/**
 * The time on a CPU of each of its threads (the scheduler's own nanoseconds; /proc/<pid>/stat counts the
 * same in steps of 10 ms).
 */
export function readCpuUs(pid: number): number {
  const tasks = `/proc/${pid}/task`
  let sumNs = 0
  for (const task of readdirSync(tasks)) {
    const [onCpuNs = ''] = readFileSync(join(tasks, task, 'schedstat'), 'utf8').split(' ', 1)
    sumNs += Number(onCpuNs)
  }
  return sumNs / 1_000
}
