/** The record of this rotation's keys. */
import { readKeyUse, type KeyUse } from './record.ts'
import type { RotatingRing } from './ring-edit.ts'
import type { Rotation } from './rotation.ts'

/**
 * In a ring of one entry every event was signed by one of its keys, whatever account it says it is of.
 * Else only those of the account: a parent's batch of its sub-accounts' events is not seen then.
 */
export async function readUses(
  { account, now, workers }: Pick<Rotation, 'account' | 'now' | 'workers'>,
  { ring }: RotatingRing,
  promotedAt: number,
): Promise<KeyUse[]> {
  const isOnlyOne = ring.accounts.size + (ring.others.length > 0 ? 1 : 0) === 1
  const { ledger } = await workers()
  return readKeyUse(ledger, { account: isOnlyOne ? null : account, promotedAt, now: now() })
}
