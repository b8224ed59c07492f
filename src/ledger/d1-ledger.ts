/** The ledger in D1. */
import { claimEvents } from './claims.ts'
import { bounded } from './d1.ts'
import { LEASE_MS, type Ledger } from './ledger.ts'
import { readPayloads } from './payloads.ts'
import { recordChanges } from './records.ts'
import { recordReplies } from './replies.ts'

export function createLedger(db: D1Database, leaseMs = LEASE_MS): Ledger {
  return {
    claim: (requests, now) => bounded(claimEvents(db, requests, now, now + leaseMs)),
    record: (changes, released, now) => bounded(recordChanges(db, changes, released, now)),
    answer: (replies) => bounded(recordReplies(db, replies)),
    payloads: (eventIds) => bounded(readPayloads(db, eventIds)),
  }
}
