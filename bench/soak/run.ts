/**
 * `npm run soak -- --minutes 30`: finds what this machine sustains, then holds half of it with the
 * simulator's traffic and looks each minute whether anything grows. Ends with 1 when something does, or when
 * an event was not delivered exactly once. Prints tables; writes only with `--pictures`. What it measures,
 * and what grows by design: docs/benchmarks.md.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { printTable } from '../table.ts'
import { toLinesPicture } from './picture.ts'
import { findSustained } from './ramp.ts'
import { openStage, type Stage } from './stage.ts'
import { judge, WORKERS, type Sample } from './verdict.ts'

const HELP = `npm run soak -- [--minutes N] [--rate N] [--seed TEXT] [--pictures] [--markdown]

  --minutes   how long, 1 or more (30)
  --rate      webhooks a second; without it: half of what a short ramp finds
  --pictures  writes docs/benchmarks/soak.svg
  --markdown  tables as Markdown`

const PICTURE = join(import.meta.dirname, '../../docs/benchmarks/soak.svg')
const MINUTE_MS = 60_000
/** More points for a line in a short run. */
const LEAST_SAMPLES = 12
const DRAIN_MS = 90_000
/** Resident, all that is measured: so much is no measurement any more, and the machine is somebody's. */
const MOST_MB = 6_000

interface Options {
  minutes: number
  rate: number | null
  seed: string
  pictures: boolean
  markdown: boolean
}

async function soak(stage: Stage, { minutes, rate }: Options): Promise<Sample[]> {
  const sustained =
    rate ??
    (await findSustained(stage, ({ rate: tried, replyP99Ms, deliveryP99Ms, isKept }) => {
      const times = `reply p99 ${replyP99Ms.toFixed(0)} ms, delivery p99 ${deliveryP99Ms.toFixed(0)} ms`
      console.log(`  ${tried} a second: ${times}${isKept ? '' : ', too much'}`)
    }))
  const held = rate ?? Math.max(1, Math.floor(sustained / 2))
  console.log(`holding ${held} a second for ${minutes} minutes`)
  await stage.measure()
  const beganAt = Date.now()
  const sending = sendByTheMinute(stage, held, minutes)
  // Who stops halfway does not wait for it.
  sending.catch(() => {})
  const samples: Sample[] = []
  const everyMs = Math.min(MINUTE_MS, (minutes * MINUTE_MS) / LEAST_SAMPLES)
  for (let n = 1; n * everyMs <= minutes * MINUTE_MS; n += 1) {
    await wait(beganAt + n * everyMs - Date.now())
    const sample = await stage.sample((n * everyMs) / MINUTE_MS)
    samples.push(sample)
    const { minute, workerdMb, nodeMb, replyP99Ms, rows } = sample
    if (workerdMb + nodeMb > MOST_MB) throw new Error(toTooMuch(sample))
    const events = rows['events'] ?? 0
    console.log(
      `  ${minute.toFixed(1)} min: workerd ${workerdMb.toFixed(0)} MB, reply p99 ${replyP99Ms.toFixed(0)} ms, ${events} events`,
    )
  }
  console.log('waiting for the last answers')
  await sending
  return samples
}

const toTooMuch = ({ minute, workerdMb, nodeMb }: Sample) =>
  `stopped after ${minute.toFixed(1)} minutes: workerd has ${workerdMb.toFixed(0)} MB and our Node process ` +
  `${nodeMb.toFixed(0)} MB, more than ${MOST_MB} MB together`

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)))

/** Planned by the minute, so that no plan of half an hour is in memory; each begins at its time. */
async function sendByTheMinute(stage: Stage, rate: number, minutes: number): Promise<void> {
  const sending: Promise<void>[] = []
  const beganAt = Date.now()
  for (let minute = 0; minute < minutes; minute += 1) {
    await wait(beganAt + minute * MINUTE_MS - Date.now())
    sending.push(stage.send(rate, Math.min(1, minutes - minute) * 60))
  }
  await Promise.all(sending)
}

async function checkDeliveries(stage: Stage): Promise<string[]> {
  await stage.drain(DRAIN_MS)
  const { account, stored } = await stage.end()
  const taken = new Set(account.taken)
  const missing = [...stored.ids].filter((id) => !taken.has(id))
  const streamed = account.taken.length - account.taken.filter((id) => stored.ids.has(id)).length
  console.log(
    `\n${account.sent} requests became ${stored.ids.size} events; the target took ${taken.size}, ` +
      `${streamed} of them out of ${stored.batches.size} batches of Event Streams`,
  )
  return [
    ...account.wrong,
    ...(missing.length > 0 ? [`${missing.length} events were never delivered`] : []),
    ...(account.twice.length > 0 ? [`${account.twice.length} events were delivered twice`] : []),
  ]
}

function printSamples(samples: readonly Sample[], isMarkdown: boolean): void {
  const header = [
    'min',
    'sent',
    'heaps MB',
    'workerd MB',
    'node MB',
    'reply p50',
    'p99 ms',
    'delivery p50',
    'p99 ms',
  ]
  const more = [
    'page p50',
    'events',
    'deliveries',
    'waiting',
    'KV keys',
    'KV MB',
    'D1 MB',
    'lanes MB',
  ]
  const rows = samples.map((one) => [
    one.minute.toFixed(1),
    String(one.sent),
    WORKERS.map((worker) => (one.heapsMb[worker] ?? NaN).toFixed(1)).join(' '),
    ...[one.workerdMb, one.nodeMb, one.replyP50Ms, one.replyP99Ms].map((value) => value.toFixed(0)),
    ...[one.deliveryP50Ms, one.deliveryP99Ms, one.pageP50Ms].map((value) => value.toFixed(0)),
    ...[one.rows['events'] ?? 0, one.rows['deliveries'] ?? 0, one.waiting, one.kvKeys].map(String),
    ...[one.kvMb, one.d1Mb, one.lanesMb].map((value) => value.toFixed(1)),
  ])
  print([...header, ...more], rows, isMarkdown)
}

function print(header: string[], rows: string[][], isMarkdown: boolean): void {
  console.log('')
  if (!isMarkdown) {
    printTable(header, rows)
    return
  }
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  console.log([line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n'))
}

function writePicture(samples: readonly Sample[]): void {
  const line = (label: string, of: (sample: Sample) => number) => ({
    label,
    points: samples.map((sample) => [sample.minute, of(sample)] as const),
  })
  const panels = [
    {
      unit: 'heaps after a collection, MB',
      lines: WORKERS.map((worker) => line(worker, (one) => one.heapsMb[worker] ?? NaN)),
    },
    {
      unit: 'resident memory, MB',
      lines: [
        line('workerd', (one) => one.workerdMb),
        line('our Node process', (one) => one.nodeMb),
      ],
    },
    {
      unit: 'milliseconds',
      lines: [
        line('reply p50', (one) => one.replyP50Ms),
        line('reply p99', (one) => one.replyP99Ms),
        line('delivery p50', (one) => one.deliveryP50Ms),
      ],
    },
    { unit: 'rows', lines: [line('events', (one) => one.rows['events'] ?? 0)] },
  ]
  const description = 'Memory, times and rows of the ledger over the minutes of the run.'
  writeFileSync(PICTURE, toLinesPicture('Half of what the machine sustains', description, panels))
}

async function run(options: Options): Promise<void> {
  const stage = await openStage(options.seed)
  try {
    const samples = await soak(stage, options)
    printSamples(samples, options.markdown)
    const findings = judge(samples)
    const rows = findings.map(({ what, found, allowed, isOk }) => [
      what,
      found,
      allowed,
      isOk ? 'flat' : 'GROWS',
    ])
    print(['', 'found', 'allowed', ''], rows, options.markdown)
    const wrong = await checkDeliveries(stage)
    for (const one of wrong) console.log(`NOT GOOD: ${one}`)
    if (wrong.length === 0) console.log('Each event was delivered exactly once.')
    if (options.pictures) writePicture(samples)
    if (wrong.length > 0 || findings.some(({ isOk }) => !isOk)) process.exitCode = 1
  } finally {
    await stage.stop()
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '30' },
      rate: { type: 'string' },
      seed: { type: 'string', default: 'soak' },
      pictures: { type: 'boolean', default: false },
      markdown: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const minutes = Number(values.minutes)
  const rate = values.rate === undefined ? null : Number(values.rate)
  const isWrong = !(minutes >= 1) || (rate !== null && !(rate > 0))
  if (values.help || isWrong) {
    console.log(HELP)
    process.exitCode = values.help ? 0 : 2
    return
  }
  const { seed, pictures, markdown } = values
  await run({ minutes, rate, seed, pictures, markdown })
}

await main()
