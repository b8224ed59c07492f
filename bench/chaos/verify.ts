/**
 * Compares the accounts of a run, event by event: what was acknowledged, what arrived, what the ledger
 * says, what is left. Everything that is not as docs/guarantees.md has it is a difference. Pure.
 */
import type { Accounts, Evidence } from './accounts.ts'
import type { Difference, Note, Outcome } from './findings.ts'
import { verifyDeliveries, verifyOwnEvents } from './verify-deliveries.ts'
import { verifyEnemies } from './verify-enemies.ts'
import { verifyReplies } from './verify-replies.ts'

export interface Verdict {
  differences: Difference[]
  outcomes: Outcome[]
}

export function verify(accounts: Accounts): Verdict {
  const differences: Difference[] = []
  const note: Note = (what, about, expected, found, during = []) => {
    const faults = findFaults(accounts.evidence, about, during)
    differences.push({ what, about, expected, found, faults })
  }
  const outcomes = verifyDeliveries(accounts, note)
  verifyOwnEvents(accounts, note)
  verifyReplies(accounts, note)
  verifyEnemies(accounts, note)
  verifyEnd(accounts, note)
  return { differences, outcomes }
}

function verifyEnd({ left, ledger }: Accounts, note: Note): void {
  if (left.messages > 0) note('queue_not_empty', '', 'no message', `${left.messages}`)
  for (const key of left.outbox) note('outbox_not_empty', key, 'no key', 'a key')
  for (const [eventId, { targets, deliveries }] of ledger) {
    const ended = new Set(
      deliveries.filter(({ status }) => status !== 'waiting').map(({ target }) => target),
    )
    const open = [...targets, ...deliveries.map(({ target }) => target)]
    for (const target of new Set(open.filter((name) => !ended.has(name)))) {
      note('without_an_end', eventId, 'delivered or dead', `waits for ${target}`)
    }
  }
}

/** By the id itself, and by the time in which it was under way. */
function findFaults(
  { hits, windows }: Evidence,
  about: string,
  during: readonly number[],
): string[] {
  const byId = hits.filter(({ ids }) => ids.includes(about)).map(({ fault }) => fault)
  const [from, to] = [Math.min(...during), Math.max(...during)]
  const byTime = windows.filter((one) => one.from <= to && one.to >= from)
  return [...new Set([...byId, ...byTime.map(({ fault }) => fault)])]
}
