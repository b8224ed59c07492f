/**
 * `npm run bench`: what the gateway costs beside what one would write without it. Prints a table for
 * each part and writes nothing. What it measures and why: docs/benchmarks.md.
 */
import { parseArgs } from 'node:util'
import { runConsole } from './console.ts'
import { runCpu } from './cpu.ts'
import { runLatency } from './latency.ts'
import { runSize } from './size.ts'

const HELP = `npm run bench -- [--only cpu|stubs|latency|size|console] [--rounds N] [--requests N]

  --only      one part; without it: all of them, in about four minutes
  --rounds    rounds of the CPU parts, in each of which every contestant has its turn (40)
  --requests  requests for each contestant in a round (300)`

const PARTS = {
  cpu: {
    title: 'CPU of workerd for each webhook, bindings that are plain objects',
    target: 'ours ≤ 1.00 × sdk, aim: ≤ 1.50 × floor',
    run: (options: Options) => runCpu({ ...options, stubs: false }),
  },
  stubs: {
    title: 'CPU of workerd for each webhook, everyone with KV get, queue send, KV put',
    target: 'ours ≤ 1.15 × floor',
    run: (options: Options) => runCpu({ ...options, stubs: true }),
  },
  latency: {
    title:
      'Answer with slow bindings: KV read 30/200 ms, queue 60/250, KV write 150/500 (median/p99)',
    target: null,
    run: runLatency,
  },
  console: {
    title: 'The console over 100,000 events: server time and what is transferred',
    target: 'each page ≤ 200 ms and ≤ 150 KB',
    run: runConsole,
  },
  size: { title: 'Size of the Worker', target: 'gateway ≤ 40 KB gzip', run: runSize },
}

type Part = keyof typeof PARTS
const isPart = (name: string): name is Part => Object.hasOwn(PARTS, name)

interface Options {
  rounds: number
  requests: number
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      rounds: { type: 'string', default: '40' },
      requests: { type: 'string', default: '300' },
      help: { type: 'boolean', default: false },
    },
  })
  const options = { rounds: Number(values.rounds), requests: Number(values.requests) }
  const isWrong = !Object.values(options).every((value) => Number.isInteger(value) && value > 0)
  if (values.help || isWrong || (values.only !== undefined && !isPart(values.only))) {
    console.log(HELP)
    process.exitCode = values.help ? 0 : 2
    return
  }
  for (const [name, { title, target, run }] of Object.entries(PARTS)) {
    if (values.only !== undefined && values.only !== name) continue
    console.log(`\n${name}: ${title}`)
    await run(options)
    if (target !== null) console.log(`  target: ${target}`)
  }
}

await main()
