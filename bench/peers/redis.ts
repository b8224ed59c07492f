/**
 * A Redis of our own: `redis-server` from PATH, else Debian's package unpacked into node_modules/.cache
 * without being installed. On a free port of loopback, its data in a folder that goes with it.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { freePort } from '../../src/cli/dev/port.ts'
import { createFolder, removeFolder } from '../folders.ts'
import { start, type Running } from './processes.ts'

const CACHE = join(import.meta.dirname, '../../node_modules/.cache/switchboard-redis')
/** redis-server is in redis-tools; the others are what it links and a small system may lack. */
const PACKAGES = ['redis-server', 'redis-tools', 'libatomic1', 'libjemalloc2', 'liblzf1']
const START_TIMEOUT_MS = 10_000

/**
 * As BullMQ's "Going to production" asks for: an append-only file that is synced each second, and nothing
 * is ever evicted. No snapshots besides. What the file has was written before the answer, so that it
 * outlives the process; the last second may be lost with the machine.
 */
const SETTINGS = {
  bind: '127.0.0.1',
  appendonly: 'yes',
  appendfsync: 'everysec',
  'maxmemory-policy': 'noeviction',
  save: '',
}

interface Binary {
  path: string
  /** Where its libraries are, if not where the system's are. */
  libraries?: string
}

let found: Binary | null | undefined

/** Null where there is none, and none can be had. */
export function findRedis(): Binary | null {
  found ??= findInstalled() ?? findUnpacked() ?? unpack()
  return found
}

export const REDIS_MISSING =
  'Redis is not here: install it (apt-get install redis-server) to measure express-queue.'

const runs = ({ path, libraries }: Binary): boolean =>
  spawnSync(path, ['--version'], { env: toEnv(libraries) }).status === 0

const toEnv = (libraries?: string) => ({
  ...process.env,
  ...(libraries !== undefined && { LD_LIBRARY_PATH: libraries }),
})

function findInstalled(): Binary | null {
  const binary = { path: 'redis-server' }
  return runs(binary) ? binary : null
}

function findUnpacked(): Binary | null {
  const libraries = join(CACHE, 'usr/lib')
  if (!existsSync(libraries)) return null
  // One folder for each architecture: x86_64-linux-gnu, aarch64-linux-gnu.
  const [folder = ''] = readdirSync(libraries).filter((name) => name.endsWith('-linux-gnu'))
  const binary = { path: join(CACHE, 'usr/bin/redis-server'), libraries: join(libraries, folder) }
  return runs(binary) ? binary : null
}

function unpack(): Binary | null {
  const downloads = join(CACHE, 'packages')
  mkdirSync(downloads, { recursive: true })
  const got = spawnSync('apt-get', ['download', '-qq', ...PACKAGES], { cwd: downloads })
  if (got.status !== 0) return null
  for (const name of readdirSync(downloads)) {
    spawnSync('dpkg', ['-x', join(downloads, name), CACHE])
  }
  return findUnpacked()
}

export interface Redis {
  port: number
  /** Its process; another one after a restart. */
  pid: () => number
  /** Kills it where it stands. */
  kill: () => Promise<void>
  /** Starts it again with the same data. */
  restart: () => Promise<void>
  stop: () => Promise<void>
}

export async function startRedis(): Promise<Redis> {
  const binary = findRedis()
  if (!binary) throw new Error(REDIS_MISSING)
  const folder = createFolder('redis')
  const port = await freePort(0)
  let server = await launch(binary, folder, port)
  const kill = () => server.kill()
  return {
    port,
    pid: () => server.pid,
    kill,
    async restart() {
      server = await launch(binary, folder, port)
    },
    async stop() {
      await kill()
      removeFolder(folder)
    },
  }
}

async function launch(binary: Binary, folder: string, port: number): Promise<Running> {
  const settings = { ...SETTINGS, dir: folder, port: String(port) }
  const launched = start({
    command: binary.path,
    args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    env: binary.libraries === undefined ? {} : { LD_LIBRARY_PATH: binary.libraries },
  })
  await untilListening(port)
  return launched
}

async function untilListening(port: number): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS
  while (!(await isListening(port))) {
    if (Date.now() > deadline) throw new Error('Redis did not start')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    const settle = (isOpen: boolean) => {
      socket.destroy()
      resolve(isOpen)
    }
    socket.once('connect', () => settle(true)).once('error', () => settle(false))
  })
}
