/** What becomes of webhooks while the target fails, or its answers are lost. */
import type { Account } from '../account.ts'
import type { Player } from '../field.ts'
import type { Extent, Result } from '../result.ts'
import type { Mood } from '../target.ts'
import { RETRIES, sendCase, toResult } from './outcome.ts'

/** Five attempts take 15 seconds; what is not delivered after twice that is given up. */
const TROUBLE_MS = 30_000

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
          player.visitor.mood = trouble.mood
          player.visitor.answerMs = 0
          const { settle } = await sendCase(player, failing, trouble.retries)
          const account = await settle(waitMs)
          player.visitor.mood = 'well'
          return [player.contestant.name, account]
        }),
    )
    const description = 'What happens to webhooks while the target is in trouble.'
    results.push(toResult(rows, { ...trouble, description }))
  }
  return results
}
