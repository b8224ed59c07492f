/** Sends webhooks at a fixed rate, whatever the answers do, over as many connections as that takes. */
import { openConnection, type Answer, type Connection } from '../load.ts'
import type { SmsWebhook } from '../webhooks.ts'
import type { Sent } from './account.ts'

export interface RateOptions {
  port: number
  webhooks: readonly SmsWebhook[]
  perSecond: number
  /** Twilio waits for 15 seconds. */
  timeoutMs?: number
  /** Further tries after an error of any kind, as `#rc=…&rp=all` asks for. Default: none. */
  retries?: number
}

const TIMEOUT_MS = 15_000
/** Between two tries of a webhook: the sixth is well within the 15 seconds that Twilio takes for all. */
const RETRY_AFTER_MS = 1_000
const NO_ANSWER: Answer = { status: 0, body: '' }

/** In the order of the webhooks, when the last one is answered. */
export async function sendAtRate(options: RateOptions): Promise<Sent[]> {
  const { port, webhooks, perSecond, timeoutMs = TIMEOUT_MS, retries = 0 } = options
  const idle: Connection[] = []

  async function trySend(bytes: Buffer): Promise<Answer> {
    let connection: Connection | undefined
    try {
      do connection = idle.pop()
      while (connection?.isOpen() === false)
      connection ??= await openConnection(port, timeoutMs)
      const answer = await connection.send(bytes)
      idle.push(connection)
      return answer
    } catch {
      connection?.close()
      return NO_ANSWER
    }
  }

  async function send({ sid, bytes }: SmsWebhook): Promise<Sent> {
    const startedAt = performance.now()
    let { status } = await trySend(bytes)
    for (let left = retries; left > 0 && (status === 0 || status >= 500); left -= 1) {
      await wait(RETRY_AFTER_MS)
      status = (await trySend(bytes)).status
    }
    return { sid, status, ms: performance.now() - startedAt }
  }

  const startedAt = performance.now()
  const sending: Promise<Sent>[] = []
  for (const [n, webhook] of webhooks.entries()) {
    const early = startedAt + (n * 1_000) / perSecond - performance.now()
    if (early > 1) await wait(early)
    sending.push(send(webhook))
  }
  const sent = await Promise.all(sending)
  for (const connection of idle) connection.close()
  return sent
}

export const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
