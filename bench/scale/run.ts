/**
 * `npm run scale`: what holds at which rate, on paper: a simulation of Cloudflare's limits (limits.json) with
 * what an event costs (counted.json) and the constants of this product. Prints tables, writes nothing, and
 * ends with 1 when something that docs/cost.md says is not so. What it assumes: docs/cost.md.
 */
import { parseArgs } from 'node:util'
import { printTable } from '../table.ts'
import { checkClaim, CLAIMS, toClaimText } from './claims.ts'
import { ASSUMED } from './setup.ts'
import { findSmallest } from './smallest.ts'
import { toDefaultsTable, toMarkdown, toSmallestTable, toUseTable, type Table } from './tables.ts'
import { DEFAULTS, toSetup, trySetup } from './try-setup.ts'
import { validate } from './validate.ts'

const HELP = `npm run scale -- [--rates 10,1000,5000,50000] [--markdown] [--claims] [--validate N]

  --rates     webhooks a second
  --d1-ms N   what a call of D1 takes for a batch of 100 (${ASSUMED.d1.fixedMs + 100 * ASSUMED.d1.eventMs})
  --markdown  tables as Markdown
  --claims    only what docs/cost.md says: is it so?
  --validate  instead: the same N events in the real Workers on this machine, and in the simulation`

const RATES = '10,1000,5000,50000'

function print(table: Table, isMarkdown: boolean): void {
  if (isMarkdown) {
    console.log(`\n${toMarkdown(table)}`)
    return
  }
  console.log(`\n${table.title}`)
  printTable(table.header, table.rows)
}

function printRates(rates: readonly number[], d1Ms: number | null, isMarkdown: boolean): void {
  const { fixedMs, eventMs } = ASSUMED.d1
  const factor = d1Ms === null ? 1 : d1Ms / (fixedMs + 100 * eventMs)
  const d1 = { ...ASSUMED.d1, fixedMs: fixedMs * factor, eventMs: eventMs * factor }
  const assumptions = { ...ASSUMED, d1 }
  const byDefault = rates.map((rate) => trySetup(toSetup(rate, DEFAULTS, assumptions)))
  print(toDefaultsTable(byDefault), isMarkdown)
  for (const recordProblemsOnly of [false, true]) {
    const what = recordProblemsOnly ? 'only problems in the ledger' : 'every event in the ledger'
    const smallest = rates.map((rate) => findSmallest(rate, { recordProblemsOnly }, assumptions))
    print(toSmallestTable(`The smallest that holds, ${what}`, smallest), isMarkdown)
    print(toUseTable(`What of it is in use, ${what}`, smallest), isMarkdown)
  }
  console.log('\n  * more than the product lets one configure today')
}

function printClaims(): void {
  console.log('\nWhat docs/cost.md says')
  for (const claim of CLAIMS.map(checkClaim)) {
    console.log(`  ${claim.isSo ? 'so    ' : 'NOT SO'}  ${toClaimText(claim)}`)
    if (claim.isSo) continue
    process.exitCode = 1
    console.log(`          ${claim.tried.verdict.because.join('; ') || 'it holds'}`)
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rates: { type: 'string', default: RATES },
      'd1-ms': { type: 'string' },
      markdown: { type: 'boolean', default: false },
      claims: { type: 'boolean', default: false },
      validate: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  const rates = values.rates.split(',').map(Number)
  const d1Ms = values['d1-ms'] === undefined ? null : Number(values['d1-ms'])
  const events = values.validate === undefined ? null : Number(values.validate)
  const isPositive = (value: number | null) =>
    value === null || (Number.isFinite(value) && value > 0)
  if (values.help || ![...rates, d1Ms, events].every(isPositive)) {
    console.log(HELP)
    process.exitCode = values.help ? 0 : 2
    return
  }
  if (events !== null) {
    await validate(events)
    return
  }
  if (!values.claims) printRates(rates, d1Ms, values.markdown)
  printClaims()
}

await main()
