/**
 * A message that makes our own code throw: that is the message's problem, not its batch's. It is tried
 * a few times, since a deploy may be under way, and then recorded as dead.
 */
import { toFault, type Log } from '../log.ts'
import { bury, type BuryDeps } from './bury.ts'
import { postpone } from './postpone.ts'
import type { Work } from './resolve.ts'

/** Two and a half minutes. */
const MAX_HANDOUTS = 5

export async function settlePoison(
  { handed, packed }: Omit<Work, 'message'>,
  error: unknown,
  deps: BuryDeps & { log: Log },
): Promise<void> {
  deps.log({ event: 'message.failed', message: handed.id, ...toFault(error) })
  const isBuried = handed.attempts >= MAX_HANDOUTS && (await bury(packed, 'handler_failed', deps))
  if (isBuried) handed.ack()
  else postpone(handed)
}
