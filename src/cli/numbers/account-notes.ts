/** What a person should know about the accounts before they trust a list or change anything. */
import { keysFor, type KeyRing } from '../../twilio/keyring.ts'
import type { Terminal } from '../terminal/terminal.ts'
import type { Account } from '../twilio/accounts.ts'
import type { Inventory } from './inventory.ts'
import { KINDS } from './resource.ts'

/**
 * Accounts whose auth token is known and not among the keys that their webhooks would be checked with.
 * The ring here need not be the one that is deployed, so this is a warning. No ring, no finding.
 */
export function findRingGaps(accounts: readonly Account[], ring: KeyRing): string[] {
  if (ring.all.length === 0) return []
  return accounts
    .filter(({ sid, authToken }) => {
      const tokens = keysFor(ring, sid).map(({ token }) => token)
      return authToken !== null && !tokens.includes(authToken)
    })
    .map(({ sid }) => sid)
}

export interface AccountNote {
  account: string
  code: 'not_in_key_ring' | 'could_not_be_read' | 'skipped' | 'may_be_partial'
  text: string
}

export function toAccountNotes(inventory: Inventory, ring: KeyRing, main: string): AccountNote[] {
  const { accounts, skipped, unread, isPartial } = inventory
  const gaps = findRingGaps(accounts, ring).map((account): AccountNote => {
    const text = `TWILIO_AUTH_TOKENS has not its auth token: a gateway with this ring answers 403 to its webhooks`
    return { account, code: 'not_in_key_ring', text }
  })
  const holes = unread.map(({ account, kind }): AccountNote => {
    const [, names] = KINDS[kind].names
    const text = `its ${names} could not be read: add its auth token to TWILIO_AUTH_TOKENS, which the gateway needs too`
    return { account, code: 'could_not_be_read', text }
  })
  const asleep = skipped.map(({ sid, status }): AccountNote => {
    return { account: sid, code: 'skipped', text: `skipped, it is ${status}` }
  })
  const partial: AccountNote = {
    account: main,
    code: 'may_be_partial',
    text: 'a standard API key may not list sub-accounts: with a main key or the auth token they are read too',
  }
  return [...holes, ...gaps, ...asleep, ...(isPartial ? [partial] : [])]
}

export function tellAccountNotes(terminal: Terminal, notes: readonly AccountNote[]): void {
  for (const { account, code, text } of notes) {
    if (code === 'skipped') terminal.note(`${account}: ${text}.`)
    else terminal.warn(`${account}: ${text}.`)
  }
}
