/** Pure: what a month costs, by the counted operations, and by what the simulation has of them. */
import { toLaneCount } from '../../src/config/targets.ts'
import { toMonthUsd, type Operations } from '../cost/bill.ts'
import counted from './counted.json' with { type: 'json' }
import { toKeptShare } from './parts.ts'
import type { Tried } from './try-setup.ts'
import { toSlice } from './try-setup.ts'

const MONTH_S = 30 * 86_400
/** What a Durable Object is billed as having. */
const OBJECT_GB = 0.128

export function toOperations({ setup, measured }: Tried): Operations {
  const { operations } = counted
  const each = (count: number) => count / Math.max(1, measured.finished)
  const kept = toKeptShare(setup, measured)
  const lanes = toLaneCount(toSlice(setup).concurrency)
  // A lane is billed while a call runs; several at a time are billed once.
  const laneS = Math.min(measured.callMs / 1_000, lanes * measured.seconds)
  return {
    ...operations,
    workerRequests: 1 + each(measured.batches),
    queueOperations: 2 + each(measured.handOuts),
    rowsRead: operations.rowsRead * kept,
    rowsWritten: operations.rowsWritten * kept,
    rowsDeleted: operations.rowsDeleted * kept,
    storedMbMonths: operations.storedMbMonths * kept * (setup.retentionDays / 30),
    objectRequests: each(measured.laneRequests),
    objectGbSeconds: each(laneS) * OBJECT_GB,
  }
}

export const toDollarsAMonth = (tried: Tried): number =>
  toMonthUsd(toOperations(tried), (tried.setup.rate * MONTH_S) / 1_000_000)
