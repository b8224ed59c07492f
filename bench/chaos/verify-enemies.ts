/** No request of an enemy had any effect: no event, no key in KV, no call, no answer but a refusal. Pure. */
import type { Accounts, Webhook } from './accounts.ts'
import type { Note } from './findings.ts'

export function verifyEnemies({ webhooks, calls, ledger, left }: Accounts, note: Note): void {
  const genuine = webhooks.filter(({ enemy }) => enemy === null)
  const known = new Set(genuine.flatMap(({ identity, eventIds }) => [identity, ...eventIds]))
  for (const webhook of webhooks) {
    if (webhook.enemy !== null) judgeRefusal(webhook, note)
  }
  for (const id of left.kvIds) {
    if (!known.has(id) && !isOwn(id, ledger)) note('kept_from_nowhere', id, 'no key', 'a key in KV')
  }
  for (const { eventId, target, isTainted } of calls) {
    const isKnown = known.has(eventId) || isOwn(eventId, ledger)
    if (!isKnown) note('called_from_nowhere', eventId, 'no call', `a call of ${target}`)
    if (isTainted) note('injected', eventId, 'what Twilio sent', `an enemy's words at ${target}`)
  }
}

const isOwn = (id: string, ledger: Accounts['ledger']) =>
  ledger.get(id)?.kind?.startsWith('switchboard.') === true

function judgeRefusal({ token, enemy, sendings }: Webhook, note: Note): void {
  for (const { isGood, status, loss, at, doneAt } of sendings) {
    if (isGood) continue
    note('not_refused', token, `a refusal of what is ${enemy}`, `${loss ?? status}`, [at, doneAt])
  }
}
