/**
 * The contestants' processes: started on one core where `taskset` is there, measured with everything that
 * they have started themselves, ended by their ids. Linux only: it reads /proc.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { readCpuUs } from '../workerd.ts'

/** The contestants' core; load generator and target have the other one. */
const SERVER_CORE = '0'
const LOAD_CORE = '1'

const hasTaskset = spawnSync('taskset', ['--version']).status === 0
/** Whether server and load have a core each. */
export const isPinned = hasTaskset && availableParallelism() > 1

export const PREFIX: readonly string[] = isPinned ? ['taskset', '-c', SERVER_CORE] : []

/** Keeps this process, with all its threads, off the contestants' core. */
export function pinLoad(): void {
  if (isPinned) spawnSync('taskset', ['-a', '-c', '-p', LOAD_CORE, String(process.pid)])
}

export interface Running {
  pid: number
  child: ChildProcess
  /** Ends it at once, with what it has started, and waits until it is gone. */
  kill: () => Promise<void>
}

const running = new Set<number>()

process.once('exit', () => {
  for (const pid of running) killTree(pid)
})

export interface Command {
  command: string
  args: readonly string[]
  env?: Readonly<Record<string, string>>
  /** A channel for messages, for a Node process. */
  hasChannel?: boolean
}

export function start({ command, args, env = {}, hasChannel = false }: Command): Running {
  const [first = command, ...rest] = [...PREFIX, command, ...args]
  const child: ChildProcess = spawn(first, rest, {
    env: { ...process.env, NODE_ENV: 'production', ...env },
    // What they log is written, and thrown away.
    stdio: ['ignore', 'ignore', 'ignore', hasChannel ? 'ipc' : 'ignore'],
  })
  const { pid } = child
  if (pid === undefined) throw new Error(`${command} did not start`)
  running.add(pid)
  const isGone = new Promise<void>((resolve) => {
    child.once('exit', () => {
      running.delete(pid)
      resolve()
    })
  })
  return {
    pid,
    child,
    kill() {
      killTree(pid)
      return isGone
    },
  }
}

function killTree(pid: number): void {
  for (const one of listTree(pid)) {
    try {
      process.kill(one, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
}

/** A process and all that descend from it. */
export function listTree(root: number): number[] {
  const children = Map.groupBy(listProcesses(), ({ parent }) => parent)
  const tree = [root]
  for (const pid of tree) tree.push(...(children.get(pid) ?? []).map((one) => one.pid))
  return tree
}

function listProcesses(): { pid: number; parent: number }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), parent: readParent(name) }))
}

function readParent(pid: string): number {
  try {
    return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1])
  } catch {
    return Number.NaN
  }
}

/** User and system time of these processes and their descendants, microseconds. */
export function readTreeCpuUs(pids: readonly number[]): number {
  return sum(pids.flatMap(listTree), readCpuUs)
}

/** Resident memory of these processes and their descendants, bytes; shared pages count in each. */
export function readTreeRssBytes(pids: readonly number[]): number {
  return sum(pids.flatMap(listTree), readRssBytes)
}

function readRssBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024
}

function sum(pids: readonly number[], read: (pid: number) => number): number {
  return pids.reduce((total, pid) => {
    try {
      return total + read(pid)
    } catch {
      // It ended while we were looking.
      return total
    }
  }, 0)
}
