/**
 * `node bench/drain.ts`: how fast 10,000 events leave when the target answers 500 to one call in ten and
 * not at all to one in twenty, and whether each is delivered exactly once. Prints a table and writes
 * nothing; takes some minutes. What the figures mean: docs/guarantees.md.
 */
import { parseArgs } from 'node:util'
import { runStorm, type Storm, type StormOptions } from '../test/faults/storm.ts'
import { percentile } from './percentile.ts'
import { printTable } from './table.ts'

const HELP = `node bench/drain.ts [--events N] [--parallel N]

  --events    how many events (10,000)
  --parallel  batches that the queue hands out at the same time, below the first row (10)`

function toCells(storm: Storm): string[] {
  const seconds = (values: readonly number[], share: number) =>
    (percentile(values, share) / 1_000).toFixed(1)
  return [
    String(storm.calls),
    String(storm.lost.length),
    String(storm.twice.length),
    storm.drainRate.toFixed(0),
    seconds(storm.waitedMs, 0.5),
    seconds(storm.waitedMs, 0.99),
    seconds(storm.smoothMs, 0.5),
    seconds(storm.smoothMs, 0.99),
  ]
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      events: { type: 'string', default: '10000' },
      parallel: { type: 'string', default: '10' },
      help: { type: 'boolean', default: false },
    },
  })
  const [events, parallel] = [Number(values.events), Number(values.parallel)]
  const isWrong = ![events, parallel].every((value) => Number.isInteger(value) && value > 0)
  if (values.help || isWrong) {
    console.log(HELP)
    process.exitCode = values.help ? 0 : 2
    return
  }
  const storms: [string, StormOptions][] = [
    ['webhooks, local queue', { events, queue: 'local' }],
    [`queue, ${parallel} batches at a time`, { events, queue: parallel }],
    ['the same, every answer 200', { events, queue: parallel, isWell: true }],
  ]
  const rows: string[][] = []
  for (const [name, options] of storms) rows.push([name, ...toCells(await runStorm(options))])
  console.log(`\ndrain: ${events} events, 10 % of the answers 500, 5 % time-outs of 1 s`)
  const header = ['', 'calls', 'lost', 'twice', 'events/s', 'p50 s', 'p99 s']
  printTable([...header, 'first call p50 s', 'p99 s'], rows)
}

await main()
