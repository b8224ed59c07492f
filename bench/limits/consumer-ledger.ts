/** What has to be so in every ledger, whatever has come through the queue. */
import type { Switchboard } from '../../test/faults/switchboard.ts'

/** Each finds rows that must not be. */
const FORBIDDEN: Record<string, string> = {
  'a delivery without its event':
    'SELECT seq FROM deliveries WHERE seq NOT IN (SELECT seq FROM events)',
  // A replay has that of its event.
  'an event without its message': 'SELECT seq FROM events WHERE replay IS NULL AND message IS NULL',
  'a delivery that is recorded twice': `
    SELECT seq FROM all_deliveries GROUP BY seq, target HAVING count(*) > 1`,
  'targets that are not JSON': 'SELECT seq FROM events WHERE NOT json_valid(targets)',
  'a history that is not JSON': 'SELECT seq FROM deliveries WHERE NOT json_valid(history)',
  'a dead delivery without a reason':
    "SELECT seq FROM deliveries WHERE status = 'dead' AND coalesce(reason, '') = ''",
  'a delivery that waits for nothing':
    "SELECT seq FROM deliveries WHERE status = 'waiting' AND next_at IS NULL",
  'an event that is owed to somebody without a delivery': `
    SELECT events.seq FROM events, json_each(events.targets) AS owed
    WHERE NOT EXISTS (
      SELECT 1 FROM all_deliveries AS one
      WHERE one.seq = events.seq AND one.target IN (owed.value, '*'))`,
  'numbers that are text': `
    SELECT seq FROM events WHERE typeof(received_at) <> 'integer' OR typeof(recorded_at) <> 'integer'`,
}

export async function findLedgerProblems({ query }: Switchboard): Promise<string[]> {
  const problems: string[] = []
  for (const [name, sql] of Object.entries(FORBIDDEN)) {
    const rows = await query<{ seq: number }>(sql)
    const [first] = rows
    if (!first) continue
    const [event] = await query('SELECT * FROM events WHERE seq = ?1', first.seq)
    problems.push(`${rows.length} × ${name}: ${JSON.stringify(event ?? first).slice(0, 400)}`)
  }
  return problems
}

/** Why a message is handed out again: what its deliveries wait for, as the ledger has it. */
export async function findWait({ query }: Switchboard, messageId: string): Promise<string | null> {
  const [row] = await query<{ reason: string }>(
    `SELECT deliveries.reason FROM deliveries JOIN events USING (seq)
     WHERE events.owner = ?1 AND status = 'waiting'`,
    messageId,
  )
  return row?.reason ?? null
}
