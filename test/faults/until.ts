/** Waits until something is so, within reason. For what nobody tells us of. */
import type { Handed, Switchboard } from './switchboard.ts'

export async function until(
  isSo: () => boolean | Promise<boolean>,
  timeoutMs = 30_000,
): Promise<void> {
  const lateAt = Date.now() + timeoutMs
  while (!(await isSo())) {
    if (Date.now() > lateAt) throw new Error(`not so after ${timeoutMs} ms: ${isSo}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** The same messages as the queue hands them out once more. */
export const again = (handed: readonly Handed[]): Handed[] =>
  handed.map((one) => ({ ...one, attempts: (one.attempts ?? 1) + 1 }))

/** Hands messages out, whatever delay they ask for, until the consumer is done with all of them. */
export async function handOutUntilAcked(
  { handOut }: Pick<Switchboard, 'handOut'>,
  handed: readonly Handed[],
): Promise<void> {
  let left = handed
  await until(async () => {
    const { acked } = await handOut(left.map((one) => ({ ...one, attempts: 2 })))
    left = left.filter(({ id }) => !acked.includes(id))
    return left.length === 0
  })
}

/** Whether the ledger says so of each delivery of an event. */
export async function isDelivered(
  { deliveries }: Pick<Switchboard, 'deliveries'>,
  eventId: string,
): Promise<boolean> {
  const rows = await deliveries(eventId)
  return rows.length > 0 && rows.every(({ status }) => status === 'delivered')
}
