/** What the stand-in's account holds. Ids come from a pool, since the storage behind them is there from the start. */
import { randomBytes, randomUUID } from 'node:crypto'
import { createScripts } from './scripts.ts'

export interface Consumer {
  consumer_id: string
  type: 'worker'
  script: string
  dead_letter_queue?: string
  settings: Record<string, unknown>
}

export interface Queue {
  queue_id: string
  queue_name: string
  settings: Record<string, unknown>
  consumers: Consumer[]
}

const POOL_SIZE = 4

export type Account = ReturnType<typeof createAccount>

export function createAccount() {
  const kvPool = Array.from({ length: POOL_SIZE }, () => randomBytes(16).toString('hex'))
  const d1Pool = Array.from({ length: POOL_SIZE }, () => randomUUID())
  return {
    id: randomBytes(16).toString('hex'),
    /** Other accounts that the token sees. */
    others: [] as { id: string; name: string }[],
    kvPool,
    d1Pool,
    namespaces: [] as { id: string; title: string }[],
    databases: [] as { uuid: string; name: string }[],
    queues: [] as Queue[],
    subdomain: 'test-team' as string | null,
    scripts: createScripts(),
  }
}

export function take<T>(pool: readonly T[], used: number): T {
  const item = pool[used]
  if (item === undefined) throw new Error('the stand-in has no more room')
  return item
}
