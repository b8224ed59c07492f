/**
 * `npm run cost`: counts the operations of webhooks in a run of the real Workers and says what a million
 * of them cost. Prints tables, or JSON, and writes nothing. What it counts and how: docs/cost.md.
 */
import { parseArgs } from 'node:util'
import { printTable } from '../table.ts'
import { GROUPS, prices, sumUsd, toGroups, toItems, toMonthUsd, type Operations } from './bill.ts'
import { countScenario, type Counted } from './count.ts'
import { ASSUMED, BATCH, toLimits, toShortages, type Load } from './limits.ts'
import { toOperations } from './operations.ts'
import { SCENARIOS, type Scenario } from './scenarios.ts'

const HELP = `npm run cost -- [--webhooks N] [--only TEXT] [--json]

  --webhooks  for each configuration (400); a twentieth of them where they are sent one by one
  --only      configurations with this text in their name; without it: all, in about five minutes
  --json      everything as one JSON document`

const RETENTION_DAYS = 30
const RATES = [10, 1_000, 5_000, 50_000]

interface Result {
  name: string
  counted: Counted
  operations: Operations
  usdPerMillion: number
  /** The bill of a month of a million, with what the plan includes. */
  firstMillionUsd: number
}

async function run({ plan, ...scenario }: Scenario, webhooks: number): Promise<Result> {
  const count = scenario.pace === 'alone' ? Math.ceil(webhooks / 20) : webhooks
  // One more, which warms up and is not counted.
  const counted = await countScenario({ plan, ...scenario }, count + 1)
  const operations = toOperations(counted, RETENTION_DAYS)
  return {
    name: scenario.name,
    counted,
    operations,
    usdPerMillion: sumUsd(toItems(operations)),
    firstMillionUsd: toMonthUsd(operations, 1),
  }
}

const usd = (value: number) => value.toFixed(2)

function printOperations(results: readonly Result[]): void {
  console.log('\nOperations for each webhook')
  const header = ['', 'requests', 'CPU ms', 'KV reads', 'KV writes', 'queue', 'rows read']
  const more = ['written', 'deleted', 'KB stored', 'DO requests', 'DO GB-s', 'KB logged']
  const rows = results.map(({ name, operations: o }) => [
    name,
    o.workerRequests.toFixed(2),
    o.cpuMs.toFixed(1),
    o.kvReads.toFixed(2),
    o.kvWrites.toFixed(2),
    o.queueOperations.toFixed(2),
    o.rowsRead.toFixed(1),
    o.rowsWritten.toFixed(2),
    o.rowsDeleted.toFixed(2),
    (o.storedMbMonths * 1_000).toFixed(2),
    o.objectRequests.toFixed(2),
    o.objectGbSeconds.toFixed(4),
    (o.loggedMb * 1_000).toFixed(2),
  ])
  printTable([...header, ...more], rows)
}

function printDollars(results: readonly Result[]): void {
  console.log(`\nDollars for one more million webhooks (prices read ${prices.read})`)
  const rows = results.map(({ name, operations, usdPerMillion, firstMillionUsd }) => {
    const groups = toGroups(operations)
    const cells = GROUPS.map((group) => usd(groups.get(group) ?? 0))
    return [name, ...cells, usd(usdPerMillion), usd(firstMillionUsd)]
  })
  const others = prices.others.map(({ name, usdPerMillion }) => [
    name,
    ...GROUPS.map(() => ''),
    usd(usdPerMillion),
    '',
  ])
  printTable(['', ...GROUPS, 'total', 'first million, with the plan'], [...rows, ...others])
}

function printRows(results: readonly Result[]): void {
  console.log('\nRows written for each webhook, by table')
  const tables = ['events', 'deliveries', 'replies']
  const rows = results.map(({ name, counted: { work, webhooks } }) => [
    name,
    ...tables.map((table) => ((work[`d1.written ${table}`] ?? 0) / webhooks).toFixed(2)),
    (webhooks / (work['batch'] ?? 1)).toFixed(1),
  ])
  printTable(['', ...tables, 'webhooks a batch'], rows)
}

function toLoad({ counted: { work, pruning, webhooks, storedBytes } }: Result): Load {
  const forBatch = (work['d1.calls'] ?? 0) / (work['batch'] ?? 1)
  const pruningBatch = ((pruning['d1.calls'] ?? 0) / webhooks) * BATCH
  return {
    messagesPerWebhook: (work['queue.write'] ?? 0) / webhooks,
    storedBytesPerWebhook: storedBytes / webhooks,
    d1CallsPerBatch: forBatch + pruningBatch,
    retentionDays: RETENTION_DAYS,
  }
}

function printLimits(result: Result): void {
  const load = toLoad(result)
  console.log(`\nWebhooks a second that hold on paper: ${result.name}`)
  const limits = toLimits(load)
  const rows = limits.map(({ name, rate, beyond }) => [name, rate.toPrecision(2), beyond])
  printTable(['', 'a second', 'beyond it'], rows)
  const { d1CallMs, d1PageMs, answerMs, batchSeconds } = ASSUMED
  console.log(
    `  Assumed: ${d1CallMs} ms a call of D1, ${d1PageMs} ms a page of pruning, ${answerMs} ms a target's answer, ${batchSeconds} s a batch`,
  )
  for (const rate of RATES) {
    const short = toShortages(load, rate).map(({ name, needed }) => `${name} × ${needed}`)
    console.log(`  ${rate.toLocaleString('en')}: ${short.join('; ') || 'all hold'}`)
  }
}

const toAllLimits = (results: readonly Result[]) =>
  results.map((result) => ({ name: result.name, limits: toLimits(toLoad(result)) }))

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      webhooks: { type: 'string', default: '400' },
      only: { type: 'string', default: '' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const webhooks = Number(values.webhooks)
  const scenarios = SCENARIOS.filter(({ name }) => name.includes(values.only))
  if (values.help || !(Number.isInteger(webhooks) && webhooks > 0) || scenarios.length === 0) {
    console.log(HELP)
    process.exitCode = values.help ? 0 : 2
    return
  }
  const results: Result[] = []
  for (const scenario of scenarios) {
    if (!values.json) console.log(`counting: ${scenario.name}`)
    results.push(await run(scenario, webhooks))
  }
  if (values.json) {
    console.log(JSON.stringify({ prices, results, limits: toAllLimits(results) }, null, 2))
    return
  }
  printOperations(results)
  printRows(results)
  printDollars(results)
  const [first] = results
  if (first) printLimits(first)
}

await main()
