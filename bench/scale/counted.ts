/**
 * `node bench/scale/counted.ts FILE`: keeps of what `npm run cost -- --json` has printed into FILE what the
 * simulation needs, as bench/scale/counted.json.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Operations } from '../cost/bill.ts'
import type { Counts } from '../cost/operations.ts'

const SCENARIO = 'messages, 1 target'

export interface Counted {
  command: string
  scenario: string
  /** Of a million webhooks, each divided by a million; storage for 30 days. */
  operations: Operations
  /** What a message has in the queue, and an event in the ledger. */
  messageBytes: number
  storedBytes: number
  messagesPerWebhook: number
  /** Without pruning: what the simulation's consumer should come to as well. */
  d1CallsPerBatch: number
}

interface Printed {
  results: { name: string; counted: Counts; operations: Operations }[]
}

export function toCounted({ results }: Printed): Counted {
  const found = results.find(({ name }) => name === SCENARIO)
  if (!found) throw new Error(`no configuration called ${SCENARIO}`)
  const { operations, counted } = found
  const { work, webhooks, storedBytes } = counted
  const of = (name: string) => work[name] ?? 0
  return {
    command: `npm run cost -- --json --only '${SCENARIO}' > FILE; node bench/scale/counted.ts FILE`,
    scenario: SCENARIO,
    operations,
    messageBytes: Math.round(of('queue.bytes') / of('queue.write')),
    storedBytes: Math.round(storedBytes / webhooks),
    messagesPerWebhook: of('queue.write') / webhooks,
    d1CallsPerBatch: of('d1.calls') / of('batch'),
  }
}

if (import.meta.main) {
  const [path] = process.argv.slice(2)
  if (path === undefined) throw new Error('node bench/scale/counted.ts FILE')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what our own command printed
  const printed = JSON.parse(readFileSync(path, 'utf8').replace(/^[^{]*/, '')) as Printed
  const text = `${JSON.stringify(toCounted(printed), null, 2)}\n`
  writeFileSync(join(import.meta.dirname, 'counted.json'), text)
}
