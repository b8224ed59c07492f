/**
 * `npm run bench`: what the gateway costs beside what one would write without it. Prints a table for
 * each part and writes nothing. What it measures and why: docs/benchmarks.md.
 */
import { parseArgs } from 'node:util'
import { runConsole } from './console.ts'
import { runCpu } from './cpu.ts'
import { runLatency } from './latency.ts'
import { runPeers, type PeersOptions } from './peers/run.ts'
import { runSize } from './size.ts'

const HELP = `npm run bench -- [--only cpu|stubs|latency|console|size|peers] [--rounds N] [--requests N]
                [--quick] [--memory N] [--pictures]

  --only      one part; without it: all of them, in about fifteen minutes
  --rounds    rounds of cpu and stubs, in each of which every contestant has its turn (40)
  --requests  requests for each contestant in a round (300)
  --quick     peers: says in a minute that all of it works, with figures that mean little
  --memory    peers: webhooks before memory is read (10,000)
  --pictures  peers: draws each result into docs/benchmarks/`

const PARTS = {
  cpu: {
    title: 'CPU of workerd for each webhook, bindings that are plain objects',
    target: 'ours ≤ 1.00 × sdk, aim: ≤ 1.50 × floor',
    run: (options: Options) => runCpu({ ...options, stubs: false }),
  },
  stubs: {
    title:
      'CPU of workerd for each webhook with KV get, queue send, KV put; ours: queue send alone, unless remembering',
    // The one that makes the same calls as the floor.
    target: 'ours, remembering ≤ 1.15 × floor',
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
  peers: {
    title: 'Side by side with what people use today',
    target: null,
    run: runPeers,
  },
}

type Part = keyof typeof PARTS
const isPart = (name: string): name is Part => Object.hasOwn(PARTS, name)

interface Options extends PeersOptions {
  rounds: number
  requests: number
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      rounds: { type: 'string', default: '40' },
      requests: { type: 'string', default: '300' },
      quick: { type: 'boolean', default: false },
      memory: { type: 'string' },
      pictures: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const { quick: isQuick, pictures: hasPictures } = values
  const memory = values.memory === undefined ? null : Number(values.memory)
  const counts = { rounds: Number(values.rounds), requests: Number(values.requests) }
  const options: Options = { ...counts, isQuick, memory, hasPictures }
  const isWrong = ![counts.rounds, counts.requests, memory ?? 1].every(
    (value) => Number.isInteger(value) && value > 0,
  )
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
