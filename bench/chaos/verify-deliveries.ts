/** What was acknowledged is delivered once to each of its targets, or dead with a reason. Pure. */
import type { Accounts, LedgerDelivery, LedgerEvent, TargetCall, Webhook } from './accounts.ts'
import { findCause, type Cause } from './causes.ts'
import { noCalls, type Note, type Outcome } from './findings.ts'

const isTaken = ({ status }: TargetCall) => status !== null && status >= 200 && status < 300
export const isAccepted = ({ sendings }: Webhook) =>
  sendings.some(({ status }) => status >= 200 && status < 300)

type CallsByEvent = ReadonlyMap<string, readonly TargetCall[]>

const toCallsByEvent = (calls: readonly TargetCall[]): CallsByEvent =>
  Map.groupBy(calls, ({ eventId }) => eventId)

interface Known {
  accounts: Accounts
  calls: CallsByEvent
  /** By event id: Event Streams may send an event again under another token. */
  carriers: ReadonlyMap<string, readonly Webhook[]>
}

export function verifyDeliveries(accounts: Accounts, note: Note): Outcome[] {
  const genuine = accounts.webhooks.filter(({ enemy }) => enemy === null)
  const carried = genuine.flatMap((webhook) => webhook.eventIds.map((id) => ({ id, webhook })))
  const groups = [...Map.groupBy(carried, ({ id }) => id)]
  const carriers = new Map(groups.map(([id, all]) => [id, all.map(({ webhook }) => webhook)]))
  const known = { accounts, calls: toCallsByEvent(accounts.calls), carriers }
  return genuine.map((webhook) => judge(webhook, known, note))
}

function judge(webhook: Webhook, { accounts, calls, carriers }: Known, note: Note): Outcome {
  const outcome: Outcome = {
    webhook,
    isAccepted: isAccepted(webhook),
    isUnstored: false,
    delivered: 0,
    dead: new Map(),
    again: noCalls(),
    lost: 0,
  }
  for (const id of webhook.eventIds) {
    const event = accounts.ledger.get(id)
    const all = calls.get(id) ?? []
    const during = toTimes(webhook, all)
    if (!event) {
      judgeMissing(id, webhook, all, accounts, outcome, note)
      continue
    }
    const others = carriers.get(id) ?? []
    // Counted once.
    if (others[0] !== webhook) continue
    if (!others.some((one) => isAccepted(one) || mayBeStored(one, accounts))) {
      const said = webhook.sendings.map(({ status, loss }) => loss ?? status).join(' ')
      note('taken_in_unheard', id, `nothing: it was answered ${said}`, 'an event', during)
    }
    judgeOwed(id, webhook, event, note, during)
    judgeEvent(id, event, all, accounts, outcome, (...found) => note(...found, during))
  }
  return outcome
}

function toTimes({ sendings }: Webhook, calls: readonly TargetCall[]): number[] {
  return [...sendings.flatMap(({ at, doneAt }) => [at, doneAt]), ...calls.map(({ at }) => at)]
}

/** The queue has it, and nobody heard of that: said to be so, or the gateway died meanwhile. */
function mayBeStored({ eventIds, identity, sendings }: Webhook, { evidence }: Accounts): boolean {
  if ([identity, ...eventIds].some((id) => evidence.unheard.has(id))) return true
  return sendings.some(({ isDeath }) => isDeath)
}

function judgeMissing(
  id: string,
  webhook: Webhook,
  calls: readonly TargetCall[],
  { evidence }: Accounts,
  outcome: Outcome,
  note: Note,
): void {
  const during = toTimes(webhook, calls)
  if (calls.length > 0) note('called_without_event', id, 'no call', `${calls.length}`, during)
  if (!outcome.isAccepted) return
  if (webhook.isLiveCall && evidence.unstored.has(id)) {
    outcome.isUnstored = true
    return
  }
  outcome.lost += webhook.owed.length
  note('lost', id, `an event for ${webhook.owed.join(', ')}`, 'nothing in the ledger', during)
}

function judgeOwed(
  id: string,
  { owed, mayBeOwed }: Webhook,
  { targets }: LedgerEvent,
  note: Note,
  during: readonly number[],
): void {
  for (const target of owed.filter((name) => !targets.includes(name))) {
    note('not_owed', id, `owed to ${target}`, `owed to ${targets.join(', ')}`, during)
  }
  const possible = [...owed, ...mayBeOwed]
  for (const target of targets.filter((name) => !possible.includes(name))) {
    note('owed_to_another', id, `owed to ${possible.join(', ')}`, `owed to ${target}`, during)
  }
}

type Found = (what: string, about: string, expected: string, found: string) => void

function judgeEvent(
  id: string,
  { targets, deliveries }: LedgerEvent,
  calls: readonly TargetCall[],
  accounts: Accounts,
  outcome: Pick<Outcome, 'delivered' | 'dead' | 'again' | 'lost'>,
  note: Found,
): void {
  for (const target of targets) {
    const delivery = deliveries.find((one) => one.target === target)
    const its = calls.filter((call) => call.target === target)
    const causes = judgeCalls(id, its, delivery, accounts, note)
    for (const cause of causes) outcome.again[cause] += 1
    const taken = its.filter(isTaken).length
    if (delivery?.status === 'delivered') {
      outcome.delivered += 1
      if (taken > 0) continue
      outcome.lost += 1
      note('delivered_without_call', id, `${target} has answered 2xx`, `${its.length} calls`)
    } else if (delivery?.status === 'dead') {
      const { reason } = delivery
      outcome.dead.set(reason ?? '', (outcome.dead.get(reason ?? '') ?? 0) + 1)
      if (!reason) note('dead_without_reason', id, `a reason for ${target}`, 'none')
    } else outcome.lost += 1
  }
  for (const { target } of calls) {
    if (!targets.includes(target)) note('called_another', id, `no call of ${target}`, 'a call')
  }
}

/** Calls behind one that was answered 2xx, and 2xx of which the ledger does not know, by their cause. */
function judgeCalls(
  id: string,
  calls: readonly TargetCall[],
  delivery: LedgerDelivery | undefined,
  { evidence }: Accounts,
  note: Found,
): Cause[] {
  const ordered = calls.toSorted((one, other) => one.at - other.at)
  const causes: Cause[] = []
  for (const [i, call] of ordered.entries()) {
    if (!isTaken(call)) continue
    const next = ordered[i + 1]
    if (!next && delivery?.status !== 'dead') continue
    const cause = findCause(call, next?.at ?? Infinity, delivery, evidence)
    if (cause) causes.push(cause)
    else {
      const found = next ? `called again after ${next.at - call.at} ms` : 'recorded as dead'
      note('second_call', id, `${call.target} has it since ${call.at}`, found)
    }
  }
  return causes
}

/** Alerts: nobody sent them, and they are delivered like everything else. */
export function verifyOwnEvents(accounts: Accounts, note: Note): void {
  const genuine = accounts.webhooks.filter(({ enemy }) => enemy === null)
  const known = new Set(genuine.flatMap(({ eventIds }) => eventIds))
  const calls = toCallsByEvent(accounts.calls)
  for (const [id, event] of accounts.ledger) {
    if (known.has(id)) continue
    if (event.kind?.startsWith('switchboard.') !== true) {
      note('from_nowhere', id, 'no event', `an event of kind ${event.kind}`)
    }
    const ignored = { delivered: 0, dead: new Map<string, number>(), again: noCalls(), lost: 0 }
    judgeEvent(id, event, calls.get(id) ?? [], accounts, ignored, note)
  }
}
