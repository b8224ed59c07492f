/** What processes have in memory, and files on disk. Linux only: it reads /proc. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

const KB = 1_024
const MB = 1_000_000
const BUSY_MS = 1_000
const TABLES = ['events', 'payloads', 'deliveries', 'replies', 'audit', 'replay_jobs', 'cursors']

/** Resident memory of one process, MB. */
export function readRssMb(pid: number): number {
  const [, kb = ''] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return (Number(kb) * KB) / MB
}

/** The workerd that a process has started. */
export function findWorkerd(parent: number): number | null {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const [, name = '', above = ''] =
        /^\d+ \((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
      if (name === 'workerd' && Number(above) === parent) return Number(pid)
    } catch {
      // It has ended meanwhile.
    }
  }
  return null
}

/** Files below a folder, by their paths. */
function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
  } catch {
    return []
  }
}

export interface Stored {
  kvKeys: number
  kvMb: number
  d1Mb: number
  lanesMb: number
}

/** What the local simulators keep on disk. */
export function readStored(statePath: string): Stored {
  const sumMb = (paths: readonly string[]) =>
    paths.reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0) /
    MB
  const files = listFiles(statePath)
  const below = (name: string) => files.filter((path) => path.includes(`/${name}/`))
  return {
    kvKeys: below('kv').reduce((sum, path) => sum + countEntries(path), 0),
    kvMb: sumMb(below('kv')),
    d1Mb: sumMb(below('d1')),
    lanesMb: sumMb(files.filter((path) => path.includes('Lane'))),
  }
}

/** Keys of a file of the local KV; 0 for other files. */
const countEntries = (path: string): number =>
  count(path, 'SELECT count(*) AS n FROM _mf_entries') ?? 0

/** Null: it is no database, or has no such table. */
function count(path: string, sql: string): number | null {
  if (!path.endsWith('.sqlite')) return null
  try {
    const db = new DatabaseSync(path, { readOnly: true, timeout: BUSY_MS })
    try {
      return Number(db.prepare(sql).get()?.['n'] ?? 0)
    } finally {
      db.close()
    }
  } catch {
    return null
  }
}

export interface Rows {
  /** By table; those that there are. */
  rows: Record<string, number>
  /** Deliveries that wait. */
  waiting: number
}

/**
 * What is in the ledger, from its file. Not through the runtime: its calls of D1 block our Node process until
 * workerd answers, and workerd waits for that process to read its log lines.
 */
export function readRows(statePath: string): Rows {
  const files = listFiles(statePath).filter((path) => path.includes('/d1/'))
  const file = files.find((path) => count(path, 'SELECT count(*) AS n FROM events') !== null)
  if (file === undefined) throw new Error('no ledger to look at')
  const rows: Record<string, number> = {}
  for (const table of TABLES) {
    const n = count(file, `SELECT count(*) AS n FROM ${table}`)
    if (n !== null) rows[table] = n
  }
  const waiting = count(file, `SELECT count(*) AS n FROM deliveries WHERE status = 'waiting'`)
  return { rows, waiting: waiting ?? 0 }
}
