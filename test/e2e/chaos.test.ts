/**
 * Chaos in short: 500 webhooks through the real Workers while every fault of the long run is met. What it
 * finds is in bench/chaos; `npm run chaos` plays the long one.
 */
import { expect, it } from 'vitest'
import { runChaos } from '../../bench/chaos/chaos.ts'
import { SHORT } from '../../bench/chaos/forms.ts'

const SEED = process.env['CHAOS_SEED'] ?? '7'

it(`each of 500 webhooks comes to its end, whatever fails meanwhile (seed ${SEED})`, async () => {
  const { differences, unmet, rows } = await runChaos({ ...SHORT, seed: SEED, onProgress() {} })
  expect(differences).toEqual([])
  expect(unmet).toEqual([])
  const all = rows.at(-1)
  expect(all).toMatchObject({ lost: 0 })
  expect(all?.delivered).toBeGreaterThan(SHORT.count)
  expect(all?.retried).toBeGreaterThan(0)
})
