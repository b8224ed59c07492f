/**
 * What is lost and what is delivered twice, judged by what the sender was answered and what the target did,
 * by the message's SID.
 */
import { makeWebhooks } from '../../webhooks.ts'
import { toAccount, type Account } from '../account.ts'
import { untilDone, type Player } from '../field.ts'
import type { Result } from '../result.ts'
import { sendAtRate } from '../send.ts'

export const PER_SECOND = 50
/** `#rc=5&rp=all`: as many tries as Twilio can be asked for, for every kind of error. */
export const RETRIES = 5
/** Where nothing is stored, nothing comes later than this. */
const REST_MS = 2_000

/** What was sent, to be judged when nothing is to come any more. */
export interface Case {
  settle: (patienceMs: number) => Promise<Account>
}

/** Sends so many at a fixed rate; resolves when all are answered. */
export async function sendCase(player: Player, count: number, retries: number): Promise<Case> {
  const { port, visitor, contestant } = player
  // What it kept of an earlier trouble is no part of this one.
  const keptBefore = await player.kept()
  const webhooks = makeWebhooks(count)
  const sent = await sendAtRate({ port, webhooks, perSecond: PER_SECOND, retries })
  return {
    async settle(patienceMs) {
      const acknowledged = sent.filter(({ status }) => status >= 200 && status < 300)
      const sids = acknowledged.map(({ sid }) => sid)
      await untilDone(player, sids, contestant.stores ? patienceMs : REST_MS)
      const kept = Math.max(0, (await player.kept()) - keptBefore)
      return toAccount(sent, visitor.done, kept)
    },
  }
}

const COLUMNS = [
  ['not acknowledged', 'refused'],
  ['lost', 'lost'],
  ['kept, not delivered', 'kept'],
  ['delivered twice', 'twice'],
  ['delivered, not acknowledged', 'doneThoughRefused'],
] as const

/** What a picture shows even when it is nothing. */
const ALWAYS_SHOWN: readonly string[] = ['lost', 'twice']

export function toResult(
  accounts: readonly [string, Account][],
  { name, title, description }: { name: string; title: string; description: string },
): Result {
  const shown = COLUMNS.slice(0, 4).filter(
    ([, key]) => ALWAYS_SHOWN.includes(key) || accounts.some(([, account]) => account[key] > 0),
  )
  return {
    name,
    title,
    header: ['', 'sent', ...COLUMNS.map(([column]) => column)],
    rows: accounts.map(([label, account]) => [
      label,
      String(account.sent),
      ...COLUMNS.map(([, key]) => String(account[key])),
    ]),
    picture: {
      title,
      description,
      series: shown.map(([column]) => column),
      rows: accounts.map(([label, account]) => ({
        label,
        bars: shown.map(([, key]) => ({ value: account[key], text: String(account[key]) })),
      })),
    },
  }
}
