/**
 * docs/cost.md, "How far it goes", says what bench/scale claims. `npm run scale` tries the claims; here only
 * the tables are held to them, and to each other.
 */
import { describe, expect, it } from 'vitest'
import { CLAIMS, toClaimText } from '../../bench/scale/claims.ts'
import { OURS } from '../../bench/scale/constants.ts'
import { readDocument, type Table } from './markdown.ts'

/** In the document's order; of each but the first one for every event, and one for problems only. */
const [byDefault, smallest, smallestOfProblems, use, useOfProblems] = readDocument(
  'docs/cost.md',
).tables.filter(({ section }) => section === 'How far it goes')

type Row = Readonly<Record<string, string>>

/** The rows as records, by the columns' names. */
const toRows = (table: Table | undefined): Row[] =>
  (table?.rows ?? []).map((cells) =>
    Object.fromEntries(cells.map((cell, i) => [table?.columns[i] ?? '', cell])),
  )

/** `16,125 *`, `30 d` */
const toNumber = (cell = ''): number => Number(cell.replace(/,| \*$| d$/g, ''))
const isOf = (rate: number) => (row: Row) => toNumber(row['a second']) === rate

const defaults = toRows(byDefault)
const every = toRows(smallest)
const problems = toRows(smallestOfProblems)

const claims = CLAIMS.map((claim) => {
  const { configuration, rate, first } = claim
  const table = configuration.recordProblemsOnly === true ? problems : every
  const row = (first === null ? table : defaults).find(isOf(rate))
  return { text: toClaimText(claim), ...claim, row }
})

describe('docs/cost.md: how far it goes', () => {
  const holding = claims.filter(({ first, row }) => first === null && row !== undefined)
  const short = claims.filter(({ first }) => first !== null)

  it.each(short)('$text', ({ first, row }) => {
    expect(row).toMatchObject({ holds: 'no', 'met first': expect.stringMatching(`^${first} ×`) })
  })

  // What is claimed is a little larger than what the tables say: a search ends at the very edge.
  it.each(holding)('$text', ({ configuration, row = {} }) => {
    const { shards = 1, concurrency = 5, retentionDays = 30 } = configuration
    expect(row['holds']).toBe('yes')
    expect(toNumber(row['shards'])).toBeLessThanOrEqual(shards)
    expect(toNumber(row['concurrency'])).toBeLessThanOrEqual(concurrency)
    expect(toNumber(row['retention'])).toBeGreaterThanOrEqual(retentionDays)
  })

  it('says of no row that it holds without a claim of it', () => {
    const said = [...every, ...problems].filter(({ holds }) => holds === 'yes')
    const claimed = new Set<Row | undefined>(holding.map(({ row }) => row))
    // Beyond what can be configured there is nothing to claim.
    const wanted = said.filter((row) => toNumber(row['concurrency']) <= OURS.maxConcurrency)
    expect(wanted.filter((row) => !claimed.has(row))).toEqual([])
    expect(wanted.length).toBeGreaterThan(3)
  })

  it.each([...every, ...problems])('marks what cannot be configured: $concurrency', (row) => {
    const isMarked = (cell = '') => cell.endsWith(' *')
    expect(isMarked(row['shards'])).toBe(toNumber(row['shards']) > OURS.maxShards)
    expect(isMarked(row['concurrency'])).toBe(toNumber(row['concurrency']) > OURS.maxConcurrency)
  })

  it.each([
    ['every event', every, toRows(use)],
    ['only problems', problems, toRows(useOfProblems)],
  ])('calls tightest what is most in use: %s', (_, rows, used) => {
    expect(used.length).toBe(rows.length)
    for (const [i, { tightest = '' }] of rows.entries()) {
      const parts = Object.entries(used[i] ?? {}).slice(1)
      expect(parts.map((part) => part.join(' '))).toContain(tightest)
      const shares = parts.map(([, cell]) => toShare(cell))
      expect(toShare(tightest)).toBe(Math.max(...shares))
    }
  })
})

/** `63 %` or `× 5.0`, also behind a name. */
function toShare(cell: string): number {
  const [, percent, times] = /(?:(\d+) %|× ([\d.,]+))$/.exec(cell) ?? []
  return percent === undefined ? Number(times?.replace(',', '')) : Number(percent) / 100
}
