/** What becomes of webhooks when a part dies in the middle of its work. */
import { makeWebhooks } from '../../webhooks.ts'
import type { Account } from '../account.ts'
import type { Contestant } from '../contestant.ts'
import { enter, type Player } from '../field.ts'
import type { Extent, Result } from '../result.ts'
import { sendAtRate, wait } from '../send.ts'
import type { PeerTarget } from '../target.ts'
import { PER_SECOND, RETRIES, sendCase, toResult, type Case } from './outcome.ts'

/** What the target takes for an answer. */
const ANSWER_MS = 100
/**
 * What the dead had claimed is looked at again after its lease, also when it was delivered already: a
 * consumer's holds for 60 seconds, a job's lock for 30, and is noticed within 30 more.
 */
const LONGEST_LEASE_MS = 60_000
const LEASE_MARGIN_MS = 5_000
/** Between two webhooks while the rest is waited for. */
const TRICKLE_MS = 250

/** Part after part of each contestant dies, each in an instance of its own. */
export async function runDeaths(
  target: PeerTarget,
  contestants: readonly Contestant[],
  extent: Extent,
): Promise<Result> {
  const deaths = contestants.flatMap((contestant) =>
    contestant.parts.map((part) => ({ contestant, part })),
  )
  const cases: Promise<[string, Account]>[] = []
  for (const { contestant, part } of deaths) {
    const dying = letDie(target, contestant, part, extent)
    // The load of one is over before the next one's begins; what is only waited for runs beside it.
    if (!extent.isBrief) await dying
    const toRow = async (): Promise<[string, Account]> => {
      const { settle } = await dying
      return [`${contestant.name}: ${part}`, await settle(extent.patienceMs)]
    }
    cases.push(toRow())
  }
  return toResult(await Promise.all(cases), {
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
  { deaths, lifeMs, leaseMs }: Extent,
): Promise<Case> {
  const player = await enter(target, contestant, { isMortal: true, leaseMs })
  player.visitor.answerMs = ANSWER_MS
  const count = (PER_SECOND * lifeMs * (deaths + 1)) / 1_000
  const [{ settle }] = await Promise.all([
    sendCase(player, Math.ceil(count), RETRIES),
    killAgainAndAgain(player, part, deaths, lifeMs),
  ])
  return {
    async settle(patienceMs) {
      const trickle = keepComing(player)
      try {
        if (contestant.stores) await wait((leaseMs ?? LONGEST_LEASE_MS) + LEASE_MARGIN_MS)
        return await settle(patienceMs)
      } finally {
        trickle.end()
        await player.stop()
      }
    },
  }
}

/** A few webhooks go on coming, as they do: whoever sleeps after a while without any stays awake. */
function keepComing({ port }: Player): { end: () => void } {
  const timer = setInterval(() => {
    void sendAtRate({ port, webhooks: makeWebhooks(1), perSecond: 1 })
  }, TRICKLE_MS)
  return { end: () => clearInterval(timer) }
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
