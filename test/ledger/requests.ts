/** What the ledger is asked and told; each test changes what it is about. */
import { Buffer } from 'node:buffer'
import { createLedger } from '../../src/ledger/d1-ledger.ts'
import type { DeadRow } from '../../src/ledger/dead-letters.ts'
import type { AttemptRecord, Claim, ClaimRequest, DeliveryChange } from '../../src/ledger/ledger.ts'
import { db, NOW } from './harness.ts'

export const LEASE_MS = 60_000

export const ledger = createLedger(db, LEASE_MS)

export function toClaimRequest(changes: Partial<ClaimRequest> = {}): ClaimRequest {
  const { claim = 'evt_1' } = changes
  return {
    claim,
    eventId: claim.split('~', 1)[0] ?? '',
    replay: null,
    owner: 'message-1',
    receivedAt: NOW - 5_000,
    kind: 'messaging.inbound',
    source: '/endpoints/sms',
    account: 'AC1',
    subject: 'SM1',
    from: '+15005550006',
    to: '+15005550010',
    thread: 'SM1',
    keyName: null,
    tookMs: 40,
    targets: ['crm'],
    payload: JSON.stringify({ v: 1, event: { id: claim } }),
    ...changes,
  }
}

/** Claims one, as somebody with nothing else in the batch. */
export async function claimOne(changes: Partial<ClaimRequest> = {}, now = NOW): Promise<Claim> {
  const { claims } = await ledger.claim([toClaimRequest(changes)], now)
  const [claim] = claims
  if (!claim || claims.length !== 1) throw new Error('one claim for one request')
  return claim
}

/** The row of an event that is claimed for the first time. */
export async function claimNew(changes: Partial<ClaimRequest> = {}, now = NOW): Promise<number> {
  const claim = await claimOne(changes, now)
  if (claim.state !== 'ours') throw new Error(`it is ${claim.state}`)
  return claim.seq
}

export function toAttempt(changes: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    at: NOW + 1_000,
    durationMs: 120,
    status: 500,
    verdict: 'retry',
    reason: 'status 500',
    excerpt: 'sorry',
    nextAt: NOW + 6_000,
    ...changes,
  }
}

/** An attempt that failed and is tried again. */
export function toRetried(seq: number, attempts: number, changes: Partial<DeliveryChange> = {}) {
  const nextAt = NOW + attempts * 5_000
  return {
    seq,
    target: 'crm',
    status: 'waiting',
    attempts,
    nextAt,
    reason: 'status_500',
    attempt: toAttempt({ at: NOW + attempts, nextAt }),
    ...changes,
  } satisfies DeliveryChange
}

export function toDelivered(seq: number, attempts: number, changes: Partial<DeliveryChange> = {}) {
  const ok = { status: 200, verdict: 'delivered', reason: null, excerpt: 'ok', nextAt: null }
  return {
    seq,
    target: 'crm',
    status: 'delivered',
    attempts,
    nextAt: null,
    reason: null,
    attempt: toAttempt({ at: NOW + attempts, ...ok }),
    ...changes,
  } satisfies DeliveryChange
}

export function toDied(seq: number, attempts: number, changes: Partial<DeliveryChange> = {}) {
  const attempt = toAttempt({ at: NOW + attempts, verdict: 'dead', nextAt: null })
  return { ...toRetried(seq, attempts), status: 'dead', nextAt: null, attempt, ...changes } as const
}

/** Waits without a call. */
export function toWait(seq: number, attempts: number, changes: Partial<DeliveryChange> = {}) {
  const nextAt = NOW + 30_000
  return { ...toRetried(seq, attempts), nextAt, reason: 'paused', attempt: null, ...changes }
}

/** Out of the dead-letter queue: never claimed, and nobody knows to whom it is owed. */
export function toDeadRow(changes: Partial<DeadRow> = {}): DeadRow {
  const { claim = 'evt_1' } = changes
  return {
    claim,
    eventId: claim.split('~', 1)[0] ?? '',
    replay: null,
    targets: null,
    kind: 'messaging.inbound',
    source: '/endpoints/sms',
    account: 'AC1',
    subject: 'SM1',
    from: '+15005550006',
    to: '+15005550010',
    thread: 'SM1',
    keyName: null,
    receivedAt: NOW - 5_000,
    reason: 'retries_exhausted',
    attempts: 0,
    deadAt: NOW,
    payload: JSON.stringify({ v: 1, event: { id: claim } }),
    ...changes,
  }
}

/** A database that notes how large each value is that it is given, in bytes. */
export function createScales(): { db: D1Database; bound: number[] } {
  const bound: number[] = []
  const prepare = (sql: string) => {
    const statement = db.prepare(sql)
    const bind = statement.bind.bind(statement)
    statement.bind = (...values: unknown[]) => {
      bound.push(...values.map((value) => Buffer.byteLength(String(value))))
      return bind(...values)
    }
    return statement
  }
  const batch = (statements: D1PreparedStatement[]) => db.batch(statements)
  return { db: { prepare, batch } as unknown as D1Database, bound }
}

/** Letters in which nothing comes twice that one could count on. */
export function toNoise(length: number): string {
  const bytes = new Uint8Array(Math.ceil((length * 3) / 4))
  for (let at = 0; at < bytes.length; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65_536))
  }
  return Buffer.from(bytes).toString('base64url').slice(0, length)
}
