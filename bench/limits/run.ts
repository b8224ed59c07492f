/**
 * `npm run limits`: hostile inputs to the gateway, the consumer and the console's API, on this machine,
 * and a table of what happened. Exit code 1 on anything that is not documented. See docs/limits.md.
 */
import { parseArgs } from 'node:util'
import { createRandom } from './random.ts'
import type { Tally } from './tally.ts'

const HELP = `npm run limits -- [gateway|consumer|console …] [--seed N] [--count N]

  --seed   the same seed sends the same (1)
  --count  how many to the gateway (100,000); a tenth as many to each of the others`

const PARTS = {
  gateway: async (count, seed) =>
    (await import('./gateway.ts')).runGateway(count, createRandom(seed)),
  consumer: async (count, seed) =>
    (await import('./consumer.ts')).runConsumer(count, createRandom(seed)),
  console: async (count, seed) =>
    (await import('./console.ts')).runConsole(count, createRandom(seed)),
} satisfies Record<string, (count: number, seed: number) => Promise<Tally>>

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seed: { type: 'string', default: '1' },
      count: { type: 'string', default: '100000' },
      help: { type: 'boolean', default: false },
    },
  })
  const [seed, count] = [Number(values.seed), Number(values.count)]
  const isWrong =
    ![seed, count].every((value) => Number.isInteger(value) && value > 0) ||
    positionals.some((name) => !(name in PARTS))
  if (values.help || isWrong) {
    console.log(HELP)
    process.exitCode = values.help ? 0 : 2
    return
  }
  let surprises = 0
  for (const [name, run] of Object.entries(PARTS)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue
    const startedAt = performance.now()
    const tally = await run(name === 'gateway' ? count : Math.ceil(count / 10), seed)
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0)
    tally.print(`${name}, seed ${seed}, ${seconds} s`)
    surprises += tally.surprises
  }
  process.exitCode = surprises === 0 ? 0 : 1
}

await main()
