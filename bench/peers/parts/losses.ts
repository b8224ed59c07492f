/**
 * What is lost and what is delivered twice: when a part dies in the middle of its work, and while the
 * target fails. Judged by what the sender was answered and what the target did, by the message's SID.
 */
import { makeWebhooks } from '../../webhooks.ts'
import { toAccount, type Account } from '../account.ts'
import type { Contestant } from '../contestant.ts'
import { enter, untilDone, type Player } from '../field.ts'
import type { Extent, Result } from '../result.ts'
import { sendAtRate, wait } from '../send.ts'
import type { Mood, PeerTarget } from '../target.ts'

/** What the target takes for an answer. */
const ANSWER_MS = 100
const PER_SECOND = 50
/** Five attempts take 15 seconds; what is not delivered after twice that is given up. */
const TROUBLE_MS = 30_000
/** Where nothing is stored, nothing comes later than this. */
const REST_MS = 2_000
/** `#rc=5&rp=all`: as many tries as Twilio can be asked for, for every kind of error. */
const RETRIES = 5

/** A contestant's parts die in turn, each in an instance of its own; the contestants at the same time. */
export async function runDeaths(
  target: PeerTarget,
  contestants: readonly Contestant[],
  extent: Extent,
): Promise<Result> {
  const rows = await Promise.all(
    contestants.map(async (contestant) => {
      const letPartDie = async (part: string): Promise<[string, Account]> => [
        `${contestant.name}: ${part}`,
        await letDie(target, contestant, part, extent),
      ]
      if (extent.isBrief) return Promise.all(contestant.parts.map(letPartDie))
      const accounts: [string, Account][] = []
      for (const part of contestant.parts) accounts.push(await letPartDie(part))
      return accounts
    }),
  )
  return toResult(rows.flat(), {
    name: 'deaths',
    title: `A part dies under load, ${toTimes(extent.deaths)}; the sender tries ${RETRIES + 1} times`,
    description: 'What happens to webhooks when a part of a contestant is killed under load.',
  })
}

const toTimes = (count: number): string => (count === 1 ? 'once' : `${count} times`)

async function letDie(
  target: PeerTarget,
  contestant: Contestant,
  part: string,
  { deaths, lifeMs, patienceMs, leaseMs }: Extent,
): Promise<Account> {
  const player = await enter(target, contestant, { isMortal: true, leaseMs })
  try {
    player.visitor.answerMs = ANSWER_MS
    const count = (PER_SECOND * lifeMs * (deaths + 1)) / 1_000
    const [account] = await Promise.all([
      sendAndJudge(player, Math.ceil(count), RETRIES, patienceMs),
      killAgainAndAgain(player, part, deaths, lifeMs),
    ])
    return account
  } finally {
    await player.stop()
  }
}

async function killAgainAndAgain(
  player: Player,
  part: string,
  deaths: number,
  lifeMs: number,
): Promise<void> {
  for (let death = 0; death < deaths; death++) {
    await wait(lifeMs)
    await player.kill(part)
  }
}

async function sendAndJudge(
  player: Player,
  count: number,
  retries: number,
  patienceMs: number,
): Promise<Account> {
  const { port, visitor } = player
  const webhooks = makeWebhooks(count)
  const sent = await sendAtRate({ port, webhooks, perSecond: PER_SECOND, retries })
  const acknowledged = sent.filter(({ status }) => status >= 200 && status < 300)
  const sids = acknowledged.map(({ sid }) => sid)
  await untilDone(player, sids, player.contestant.stores ? patienceMs : REST_MS)
  return toAccount(sent, visitor.done, await player.kept())
}

interface Trouble {
  mood: Mood
  /** Twilio's default is none for an answer like these. */
  retries: number
  name: string
  title: string
}

const TROUBLES: readonly Trouble[] = [
  {
    mood: 'fails',
    retries: 0,
    name: 'failing',
    title: 'The target answers 500 to one call in five; the sender tries once',
  },
  {
    mood: 'loses',
    retries: RETRIES,
    name: 'lost-answers',
    title: `One answer in twenty of the target is lost; the sender tries ${RETRIES + 1} times`,
  },
  {
    mood: 'fails',
    retries: RETRIES,
    name: 'failing-retried',
    title: `The target answers 500 to one call in five; the sender tries ${RETRIES + 1} times`,
  },
]

export async function runTroubles(
  players: readonly Player[],
  { failing, troubles, patienceMs }: Extent,
): Promise<Result[]> {
  const results: Result[] = []
  const waitMs = Math.min(patienceMs, TROUBLE_MS)
  for (const trouble of TROUBLES.slice(0, troubles)) {
    const rows = await Promise.all(
      players
        .filter(({ contestant }) => contestant.delivers)
        .map(async (player): Promise<[string, Account]> => {
          const keptBefore = await player.kept()
          player.visitor.mood = trouble.mood
          player.visitor.answerMs = 0
          const account = await sendAndJudge(player, failing, trouble.retries, waitMs)
          player.visitor.mood = 'well'
          return [player.contestant.name, toOwn(account, keptBefore)]
        }),
    )
    const description = 'What happens to webhooks while the target is in trouble.'
    results.push(toResult(rows, { ...trouble, description }))
  }
  return results
}

/** What it kept of an earlier trouble is no part of this one. */
const toOwn = (account: Account, keptBefore: number): Account => {
  const kept = Math.max(0, account.kept - keptBefore)
  return { ...account, kept, lost: account.missing - kept }
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

function toResult(
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
