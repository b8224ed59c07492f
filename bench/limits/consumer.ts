/**
 * Hostile queue messages, handed to the real queue handlers in batches as Cloudflare does. Each is
 * acknowledged, or asked for again; what is asked for again is handed out until that ends. In each batch
 * there is one good message, which has to be delivered whatever the others are. At the end the ledger
 * is asked whether it is consistent.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { startSwitchboard, type Handed, type Switchboard } from '../../test/faults/switchboard.ts'
import { startTarget } from '../../test/faults/target.ts'
import { ok } from '../../test/faults/scripts.ts'
import { findLedgerProblems, findWait } from './consumer-ledger.ts'
import { CYCLE, MESSAGE_ROWS, toMessage, type MessageRow } from './consumer-messages.ts'
import type { Random } from './random.ts'
import { Tally } from './tally.ts'

/** As many as a queue hands out at once, the good one included. */
const BATCH = 100
/** What waits for a reference or for a deploy gives up by then (resolve.ts, poison.ts). */
const MAX_HANDOUTS = 12
const MAX_BATCH_MS = 10_000
/** The local dead-letter queue hands out one batch of 50 after the other. */
const BURIAL_MS = 60_000
/**
 * No request can be built of it, or the target's server takes its headers for no HTTP: tried again by the
 * target's schedule, then dead.
 */
const WAITS = new Set(['request_invalid', 'status_400'])

export async function runConsumer(count: number, random: Random): Promise<Tally> {
  const tally = new Tally()
  const target = await startTarget()
  target.script('/crm', ok)
  const switchboard = await startSwitchboard({
    targets: { crm: { url: `${target.url}/crm`, events: ['*'] } },
    leaseMs: 1,
  })
  try {
    const [a, b] = CYCLE
    await switchboard.putLarge(a, JSON.stringify({ v: 1, ref: b }))
    await switchboard.putLarge(b, JSON.stringify({ v: 1, ref: a }))
    for (const queue of ['events', 'dead'] as const) {
      for (let sent = 0; sent < count / 2; sent += BATCH - 1) {
        await tryBatch(queue, { switchboard, random, tally }, sent)
      }
      if (queue === 'events') await checkBuried(switchboard, tally)
    }
    for (const problem of await findLedgerProblems(switchboard)) tally.surprise('ledger', problem)
  } finally {
    await switchboard.stop()
    await target.stop()
  }
  return tally
}

/** What nobody can read has gone through the dead-letter queue, and is in the ledger, each of them. */
async function checkBuried({ lines }: Switchboard, tally: Tally): Promise<void> {
  const { length: unreadable } = lines('message.unreadable')
  const countDead = () =>
    lines('delivery.dead').filter(({ eventId }) => String(eventId).startsWith('unreadable_')).length
  const until = Date.now() + BURIAL_MS
  while (countDead() < unreadable && Date.now() < until) await sleep(100)
  tally.count('events: unreadable, in the ledger', `${countDead()} of ${unreadable}`, 0)
  if (countDead() !== unreadable) tally.surprise('events: unreadable, in the ledger', 'not all')
}

interface Try {
  switchboard: Switchboard
  random: Random
  tally: Tally
}

interface Hostile extends Handed {
  row: string
}

async function tryBatch(queue: 'events' | 'dead', parts: Try, sent: number): Promise<void> {
  const { switchboard, random, tally } = parts
  const good = toMessage(random)
  const goodId = `good-${queue}-${sent}`
  let open = Array.from({ length: BATCH - 1 }, (_, i): Hostile => {
    const row: MessageRow | undefined = MESSAGE_ROWS[(sent + i) % MESSAGE_ROWS.length]
    if (!row) throw new Error('there are no rows')
    return { id: `${queue}-${sent + i}`, body: row.make(random), row: `${queue}: ${row.name}` }
  })
  for (let attempts = 1; open.length > 0 && attempts <= MAX_HANDOUTS; attempts++) {
    const body = JSON.stringify(good)
    const handed = [...open, ...(attempts === 1 ? [{ id: goodId, body }] : [])]
    const startedAt = performance.now()
    const said = await switchboard.handOut(
      handed.map(({ id, body: hostile }) => ({ id, body: hostile, attempts })),
      queue,
    )
    const ms = performance.now() - startedAt
    const { row: first = '' } = open[0] ?? {}
    if (said.outcome !== 'ok') tally.surprise(first, `a batch ended as ${said.outcome}`)
    if (ms > MAX_BATCH_MS) tally.surprise(first, `a batch took ${ms.toFixed(0)} ms`)
    if (attempts === 1 && !said.acked.includes(goodId)) {
      tally.surprise(first, `the good message beside it was not acknowledged`)
    }
    const acked = new Set(said.acked)
    for (const { id, row } of open) {
      if (acked.has(id)) tally.count(row, attempts === 1 ? 'acknowledged' : 'after retries', ms)
      else if (!said.retried.has(id)) tally.surprise(row, `${id} is neither`)
    }
    open = open.filter(({ id }) => !acked.has(id))
  }
  for (const { row, body, id } of open) {
    const reason = await findWait(switchboard, id)
    tally.count(row, reason ?? 'without end', 0)
    if (reason !== null && WAITS.has(reason)) continue
    tally.surprise(row, `is handed out for ever: ${String(body).slice(0, 300)}`)
  }
  await checkGood(queue, String(good.event['id']), parts)
}

async function checkGood(queue: 'events' | 'dead', eventId: string, parts: Try): Promise<void> {
  const { switchboard, tally } = parts
  const [delivery] = await switchboard.deliveries(eventId)
  const wanted = queue === 'events' ? 'delivered' : 'dead'
  const row = `${queue}: one good beside them`
  tally.count(row, delivery?.status ?? 'nothing', 0)
  if (delivery?.status !== wanted) tally.surprise(row, JSON.stringify(delivery ?? null))
}
