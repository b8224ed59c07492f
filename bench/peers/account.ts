/** Pure: what became of the webhooks that were sent, by what the sender was answered and the target did. */

export interface Sent {
  sid: string
  /** Of the last try; 0 when there was no answer. */
  status: number
  /** From the first try to the last answer, milliseconds. */
  ms: number
}

export interface Account {
  sent: number
  /** Twilio was told that it failed: it has its fallback URL, and retries if it was asked to. */
  refused: number
  /** Acknowledged, and not done: lost, but for what the contestant has kept. */
  missing: number
  /** Of those: in a failed set, or dead in a ledger, where a person finds them. */
  kept: number
  /** Acknowledged, not done and kept nowhere. */
  lost: number
  /** Done more than once. */
  twice: number
  /** Done, though Twilio was told that it failed. */
  doneThoughRefused: number
}

const isAcknowledged = ({ status }: Sent) => status >= 200 && status < 300

/** @param kept what the contestant says it still holds */
export function toAccount(
  sent: readonly Sent[],
  done: ReadonlyMap<string, number>,
  kept: number,
): Account {
  const isDone = ({ sid }: Sent) => (done.get(sid) ?? 0) > 0
  const missing = sent.filter((one) => isAcknowledged(one) && !isDone(one)).length
  const held = Math.min(kept, missing)
  return {
    sent: sent.length,
    refused: sent.filter((one) => !isAcknowledged(one)).length,
    missing,
    kept: held,
    lost: missing - held,
    twice: sent.filter(({ sid }) => (done.get(sid) ?? 0) > 1).length,
    doneThoughRefused: sent.filter((one) => !isAcknowledged(one) && isDone(one)).length,
  }
}
