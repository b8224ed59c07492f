/** What becomes of webhooks when a part dies in the middle of its work. */
import type { Account } from '../account.ts'
import type { Contestant } from '../contestant.ts'
import { enter, type Player } from '../field.ts'
import type { Extent, Result } from '../result.ts'
import { wait } from '../send.ts'
import type { PeerTarget } from '../target.ts'
import { PER_SECOND, RETRIES, sendAndJudge, toResult } from './outcome.ts'

/** What the target takes for an answer. */
const ANSWER_MS = 100

/** Part after part of each contestant dies, each in an instance of its own. */
export async function runDeaths(
  target: PeerTarget,
  contestants: readonly Contestant[],
  extent: Extent,
): Promise<Result> {
  const deaths = contestants.flatMap((contestant) =>
    contestant.parts.map((part) => async (): Promise<[string, Account]> => [
      `${contestant.name}: ${part}`,
      await letDie(target, contestant, part, extent),
    ]),
  )
  const rows: [string, Account][] = []
  if (extent.isBrief) rows.push(...(await Promise.all(deaths.map((death) => death()))))
  else for (const death of deaths) rows.push(await death())
  return toResult(rows, {
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
