/** How long Twilio waits: at a fixed rate below what the slowest sustains, and while the target hangs. */
import { makeWebhooks } from '../../webhooks.ts'
import { percentile } from '../../percentile.ts'
import type { Sent } from '../account.ts'
import { untilDone, type Player } from '../field.ts'
import type { Extent, Result } from '../result.ts'
import { sendAtRate } from '../send.ts'

/** What the target takes for an answer when it is well. */
const ANSWER_MS = 50
const HANG_PER_SECOND = 10
const MAX_HANG_SECONDS = 5
const PATIENCE_MS = 60_000

export async function runReply(
  players: readonly Player[],
  perSecond: number,
  { replySeconds }: Extent,
): Promise<Result> {
  const rows: [string, Sent[]][] = []
  for (const player of players) {
    player.visitor.answerMs = ANSWER_MS
    // The first connections are made, and the rate is the usual one.
    await send(player, perSecond, replySeconds / 4)
    rows.push([player.contestant.name, await send(player, perSecond, replySeconds)])
  }
  return toResult(rows, {
    name: 'reply',
    title: `Reply time at ${perSecond.toFixed(0)} webhooks a second; the target takes ${ANSWER_MS} ms`,
    description: 'How long the sender waits for its answer while all is well.',
  })
}

async function send(player: Player, perSecond: number, seconds: number): Promise<Sent[]> {
  const webhooks = makeWebhooks(Math.ceil(perSecond * seconds))
  const sent = await sendAtRate({ port: player.port, webhooks, perSecond })
  const sids = webhooks.map(({ sid }) => sid)
  await untilDone(player, sids, PATIENCE_MS)
  return sent
}

/** All of them at the same time: they wait more than they work. They are of no use afterwards. */
export async function runHang(
  players: readonly Player[],
  { hangTimeoutMs: timeoutMs, replySeconds }: Extent,
): Promise<Result> {
  const delivering = players.filter(({ contestant }) => contestant.delivers)
  for (const { visitor } of delivering) visitor.mood = 'hangs'
  const seconds = Math.min(replySeconds, MAX_HANG_SECONDS)
  const rows = await Promise.all(
    delivering.map(async ({ contestant, port }): Promise<[string, Sent[]]> => {
      const webhooks = makeWebhooks(HANG_PER_SECOND * seconds)
      const sent = await sendAtRate({ port, webhooks, perSecond: HANG_PER_SECOND, timeoutMs })
      return [contestant.name, sent]
    }),
  )
  return toResult(rows, {
    name: 'hang',
    title: 'Reply time while the target never answers',
    description: 'How long the sender waits for its answer while the target hangs.',
  })
}

function toResult(
  measured: readonly [string, Sent[]][],
  { name, title, description }: { name: string; title: string; description: string },
): Result {
  const toMs = (sent: readonly Sent[], share: number) =>
    percentile(
      sent.map(({ ms }) => ms),
      share,
    )
  const format = (ms: number) => (ms < 100 ? ms.toFixed(1) : ms.toFixed(0))
  const refused = (sent: readonly Sent[]) =>
    sent.filter(({ status }) => status < 200 || status >= 300).length
  return {
    name,
    title,
    header: ['', 'p50 ms', 'p99 ms', 'sent', 'not acknowledged'],
    rows: measured.map(([label, sent]) => [
      label,
      format(toMs(sent, 0.5)),
      format(toMs(sent, 0.99)),
      String(sent.length),
      String(refused(sent)),
    ]),
    picture: {
      title: `${title}, ms (less is better)`,
      description,
      series: ['p50', 'p99'],
      rows: measured.map(([label, sent]) => ({
        label,
        bars: [0.5, 0.99].map((share) => {
          const ms = toMs(sent, share)
          return { value: ms, text: `${format(ms)} ms` }
        }),
      })),
    },
  }
}
