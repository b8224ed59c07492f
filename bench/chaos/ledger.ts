/** The ledger's account, read once when all is over. */
import type { LedgerDelivery, LedgerEvent } from './accounts.ts'

type Query = <Row>(sql: string, ...values: unknown[]) => Promise<Row[]>

const PAGE = 2_000

interface EventRow {
  seq: number
  event_id: string
  kind: string | null
  targets: string
}

interface DeliveryRow {
  seq: number
  target: string
  status: string
  reason: string | null
  history: string
}

export async function readLedger(query: Query): Promise<Map<string, LedgerEvent>> {
  const events = new Map<string, LedgerEvent>()
  for (let from = 0; ;) {
    const rows = await query<EventRow>(
      'SELECT seq, event_id, kind, targets FROM events WHERE seq > ?1 ORDER BY seq LIMIT ?2',
      ...[from, PAGE],
    )
    const last = rows.at(-1)
    if (!last) return events
    const deliveries = await query<DeliveryRow>(
      `SELECT seq, target, status, reason, history FROM all_deliveries
       WHERE seq > ?1 AND seq <= ?2`,
      ...[from, last.seq],
    )
    const bySeq = Map.groupBy(deliveries, ({ seq }) => seq)
    for (const { seq, event_id: id, kind, targets } of rows) {
      const names: string[] = JSON.parse(targets)
      const its = (bySeq.get(seq) ?? []).map(toDelivery)
      events.set(id, { kind, targets: names, deliveries: its })
    }
    from = last.seq
  }
}

function toDelivery({ target, status, reason, history }: DeliveryRow): LedgerDelivery {
  return { target, status, reason, tries: JSON.parse(history) }
}

/** How many deliveries the ledger waits for, and how many events that nobody has looked at yet. */
export async function countOpen(query: Query): Promise<number> {
  const [row] = await query<{ open: number }>(
    "SELECT count(*) AS open FROM deliveries WHERE status = 'waiting'",
  )
  return row?.open ?? 0
}
