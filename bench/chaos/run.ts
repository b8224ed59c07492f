/**
 * `npm run chaos`: a Twilio that misbehaves calls the real Workers while everything around them fails in
 * turn, then each event's way is followed in the accounts of all who saw it. Prints a table and what is
 * wrong, and ends with 1 if anything is. What the columns mean: docs/guarantees.md.
 */
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { printTable } from '../table.ts'
import { runChaos, type ChaosResult } from './chaos.ts'
import type { Difference } from './findings.ts'
import { LONG, SHORT } from './forms.ts'
import { HEADER, toCells, toMarkdown } from './table.ts'

const HELP = `npm run chaos -- [--webhooks N] [--rate N] [--seed TEXT] [--short] [--markdown] [--json]

  --webhooks  how many (20,000, in some minutes; with --short 500, in half a minute)
  --rate      webhooks a second (80; 60)
  --seed      what is sent, and when which fault comes; a fresh one is printed
  --short     short windows, few calls at a time
  --markdown  the table as Markdown, for docs/guarantees.md
  --json      everything as one JSON document`

const MAX_SHOWN = 100

function toLine({ what, about, expected, found, faults }: Difference, seed: string): string {
  const during = faults.length > 0 ? `; during: ${faults.join(', ')}` : ''
  return `${what} ${about}: expected ${expected}; found ${found}${during}; seed ${seed}`
}

function print(result: ChaosResult, seed: string, isMarkdown: boolean): void {
  const { rows, differences, unmet, outcomes, accounts, tookMs } = result
  if (isMarkdown) console.log(toMarkdown(rows))
  else printTable(HEADER, rows.map(toCells))
  const sendings = accounts.webhooks.reduce((sum, one) => sum + one.sendings.length, 0)
  const enemies = accounts.webhooks.length - outcomes.length
  console.log(
    `\n${outcomes.length} webhooks and ${enemies} requests of enemies, ${sendings} attempts; ` +
      `${accounts.calls.length} calls of targets; ${(tookMs / 1_000).toFixed(0)} s; seed ${seed}`,
  )
  for (const one of differences.slice(0, MAX_SHOWN)) console.log(toLine(one, seed))
  if (differences.length > MAX_SHOWN) console.log(`… and ${differences.length - MAX_SHOWN} more`)
  for (const fault of unmet) console.log(`never met: ${fault}; seed ${seed}`)
  if (differences.length + unmet.length === 0) console.log('Everything is as it has to be.')
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      webhooks: { type: 'string' },
      rate: { type: 'string' },
      seed: { type: 'string', default: randomBytes(4).toString('hex') },
      short: { type: 'boolean', default: false },
      markdown: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const form = values.short ? SHORT : LONG
  const [count, rate] = [Number(values.webhooks ?? form.count), Number(values.rate ?? form.rate)]
  const isWrong = ![count, rate].every((value) => Number.isInteger(value) && value > 0)
  if (values.help || isWrong) {
    console.log(HELP)
    process.exitCode = values.help ? 0 : 2
    return
  }
  const { seed } = values
  const onProgress = (text: string) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${text}`)
  }
  const result = await runChaos({ ...form, count, rate, seed, onProgress })
  onProgress('')
  const { rows, differences, unmet, tookMs } = result
  const ok = differences.length + unmet.length === 0
  if (values.json) console.log(JSON.stringify({ ok, seed, tookMs, rows, differences, unmet }))
  else print(result, seed, values.markdown)
  if (!ok) process.exitCode = 1
}

await main()
