/** Pure: what was counted in a run, as what is paid for. */
import type { Operations } from './bill.ts'
import type { Tally } from './tally.ts'

export interface Counts {
  webhooks: number
  /** Gateway, consumer and lanes, until the last webhook was done with. */
  work: Tally
  /** What deleting these events took, once their time had come. */
  pruning: Tally
  /** CPU of the whole local runtime, its simulators of KV, queue and D1 included; null: not known. */
  cpuMs: number | null
  /** How much the database has grown. */
  storedBytes: number
  loggedBytes: number
}

/** What a Durable Object is billed as having, however little it uses: 128 MB. */
const OBJECT_GB = 0.128
const MB = 1_000_000

export const difference = (after: Tally, before: Tally): Tally =>
  Object.fromEntries(
    Object.entries(after).map(([name, value]) => [name, value - (before[name] ?? 0)]),
  )

/** All of a method of KV but for the config, which is read by the clock and not by webhooks. */
const sumKv = (tally: Tally, method: string): number =>
  Object.entries(tally)
    .filter(([name]) => name.startsWith(`kv.${method} `) && name !== `kv.${method} config`)
    .reduce((sum, [, value]) => sum + value, 0)

/** @param retentionDays how long the ledger keeps an event */
export function toOperations(counts: Counts, retentionDays: number): Operations {
  const { webhooks, work, pruning, cpuMs, storedBytes, loggedBytes } = counts
  const each = (...values: (number | undefined)[]) =>
    values.reduce<number>((sum, value) => sum + (value ?? 0), 0) / webhooks
  return {
    workerRequests: each(work['gateway.requests'], work['batch']),
    cpuMs: each(cpuMs ?? 0),
    kvReads: each(sumKv(work, 'get')),
    kvWrites: each(sumKv(work, 'put')),
    kvDeletes: each(sumKv(work, 'delete')),
    kvLists: each(sumKv(work, 'list')),
    queueOperations: each(work['queue.write'], work['queue.read'], work['queue.delete']),
    rowsRead: each(work['d1.read'], pruning['d1.read']),
    rowsWritten: each(work['d1.written']),
    rowsDeleted: each(pruning['d1.written']),
    storedMbMonths: (each(storedBytes) / MB) * (retentionDays / 30),
    objectRequests: each(work['object.requests']),
    objectGbSeconds: (each(work['object.ms']) / 1_000) * OBJECT_GB,
    loggedMb: each(loggedBytes) / MB,
  }
}
