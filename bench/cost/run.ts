/**
 * `npm run cost`: counts the operations of webhooks in a run of the real Workers and says what a million
 * of them cost. Prints tables, or JSON, and writes nothing. What it counts and how: docs/cost.md.
 */
import { parseArgs } from 'node:util'
import { printTable } from '../table.ts'
import { GROUPS, prices, sumUsd, toGroups, toItems, toMonthUsd, type Operations } from './bill.ts'
import { countScenario, type Counted } from './count.ts'
import { toOperations } from './operations.ts'
import { SCENARIOS, type Scenario } from './scenarios.ts'

const HELP = `npm run cost -- [--webhooks N] [--only TEXT] [--json]

  --webhooks  for each configuration (400); a twentieth of them where they are sent one by one
  --only      the configuration of this name, or those with this text in it; without: all, in six minutes
  --json      everything as one JSON document`

const RETENTION_DAYS = 30

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
  const rows = results.map(({ name, counted: { work, webhooks, recorded } }) => [
    name,
    ...tables.map((table) => ((work[`d1.written ${table}`] ?? 0) / webhooks).toFixed(2)),
    (recorded / webhooks).toFixed(2),
    (webhooks / (work['batch'] ?? 1)).toFixed(1),
  ])
  printTable(['', ...tables, 'events recorded', 'webhooks a batch'], rows)
}

/** The one of that name, or all with it in their name. */
function choose(only: string): readonly Scenario[] {
  const named = SCENARIOS.filter(({ name }) => name === only)
  return named.length > 0 ? named : SCENARIOS.filter(({ name }) => name.includes(only))
}

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
  const scenarios = choose(values.only)
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
    console.log(JSON.stringify({ prices, results }, null, 2))
    return
  }
  printOperations(results)
  printRows(results)
  printDollars(results)
}

await main()
