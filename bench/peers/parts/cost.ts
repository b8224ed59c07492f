/**
 * CPU for each webhook, and how many a second on one core: all contestants in turns, as fast as each
 * answers, until the target has all of them.
 */
import { describe, formatRange } from '../../table.ts'
import { makeWebhooks, type SmsWebhook } from '../../webhooks.ts'
import { rush, untilDone, type Player } from '../field.ts'
import { readTreeCpuUs } from '../processes.ts'
import type { Extent, Result } from '../result.ts'

interface Turn {
  cpuUs: number
  /** Webhooks a second until the last answer, and until the last was delivered. */
  answered: number
  delivered: number
  /** Share of its core that the load generator used. */
  loadShare: number
}

export interface Cost {
  results: Result[]
  /** What the slowest delivers a second. */
  slowest: number
}

const PATIENCE_MS = 120_000

export async function runCost(
  players: readonly Player[],
  { rounds, requests, warmUp }: Extent,
): Promise<Cost> {
  const played = players.map((player): [Player, Turn[]] => [player, []])
  for (const player of players) await takeTurn(player, makeWebhooks(warmUp))
  for (let round = 0; round < rounds; round++) {
    for (const [player, turns] of played) {
      turns.push(await takeTurn(player, makeWebhooks(requests)))
    }
  }
  return toCost(played)
}

async function takeTurn(player: Player, webhooks: readonly SmsWebhook[]): Promise<Turn> {
  const { contestant, visitor } = player
  const cpuBefore = readTreeCpuUs(player.pids())
  const loadBefore = process.cpuUsage()
  const startedAt = performance.now()
  await rush(player, webhooks)
  const answeredAt = performance.now()
  const load = process.cpuUsage(loadBefore)
  const sids = webhooks.map(({ sid }) => sid)
  if (!(await untilDone(player, sids, PATIENCE_MS))) {
    throw new Error(`${contestant.name} has not delivered all`)
  }
  const deliveredAt = contestant.delivers ? visitor.lastAt : answeredAt
  const perSecond = (until: number) => (webhooks.length * 1_000) / (until - startedAt)
  return {
    cpuUs: (readTreeCpuUs(player.pids()) - cpuBefore) / webhooks.length,
    answered: perSecond(answeredAt),
    delivered: perSecond(Math.max(answeredAt, deliveredAt)),
    loadShare: (load.user + load.system) / 1_000 / (answeredAt - startedAt),
  }
}

const median = (turns: readonly Turn[], key: keyof Turn): number =>
  describe(turns.map((turn) => turn[key])).median

function toCost(played: readonly [Player, Turn[]][]): Cost {
  const base = played.find(([{ contestant }]) => contestant.name === 'express-sdk')?.[1] ?? []
  const cpuRows = played.map(([{ contestant }, turns]) => [
    contestant.name,
    median(turns, 'cpuUs').toFixed(0),
    formatRange(turns.map(({ cpuUs }, round) => cpuUs / (base[round]?.cpuUs ?? Number.NaN))),
  ])
  const toDelivered = (delivers: boolean, turns: readonly Turn[]) =>
    delivers ? median(turns, 'delivered').toFixed(0) : '–'
  const rateRows = played.map(([{ contestant }, turns]) => [
    contestant.name,
    median(turns, 'answered').toFixed(0),
    toDelivered(contestant.delivers, turns),
    `${(median(turns, 'loadShare') * 100).toFixed(0)} %`,
  ])
  const delivering = played.filter(([{ contestant }]) => contestant.delivers)
  return {
    slowest: Math.min(...delivering.map(([, turns]) => median(turns, 'delivered'))),
    results: [
      {
        name: 'cpu',
        title: 'CPU for each webhook, all processes, until it was delivered',
        header: ['', 'µs', '× express-sdk'],
        rows: cpuRows,
        picture: {
          title: 'CPU for each webhook, µs (less is better)',
          description: 'User and system time of all processes of a contestant for one webhook.',
          series: ['CPU'],
          rows: played.map(([{ contestant }, turns]) => {
            const us = median(turns, 'cpuUs')
            return { label: contestant.name, bars: [{ value: us, text: `${us.toFixed(0)} µs` }] }
          }),
        },
      },
      {
        name: 'rate',
        title: 'Webhooks a second on one core, as fast as they are answered',
        header: ['', 'answered', 'delivered', 'load generator busy'],
        rows: rateRows,
        picture: {
          title: 'Webhooks a second on one core (more is better)',
          description: 'How many webhooks a second are answered, and how many are delivered.',
          series: ['answered', 'delivered'],
          rows: played.map(([{ contestant }, turns]) => ({
            label: contestant.name,
            bars: [
              {
                value: median(turns, 'answered'),
                text: median(turns, 'answered').toFixed(0),
              },
              {
                value: contestant.delivers ? median(turns, 'delivered') : Number.NaN,
                text: toDelivered(contestant.delivers, turns),
              },
            ],
          })),
        },
      },
    ],
  }
}
