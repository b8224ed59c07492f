/** docs/cost.md says what the price list and the operations in it come to; and the sums themselves. */
import { describe, expect, it } from 'vitest'
import {
  GROUPS,
  prices,
  SERVICES,
  sumUsd,
  toGroups,
  toItems,
  toMonthUsd,
  type Operations,
  type Service,
} from '../../bench/cost/bill.ts'
import { difference, toOperations } from '../../bench/cost/operations.ts'
import { SCENARIOS } from '../../bench/cost/scenarios.ts'
import scale from '../../bench/scale/counted.json' with { type: 'json' }
import { readDocument, type Table } from './markdown.ts'

const NOTHING = Object.fromEntries(SERVICES.map((service) => [service, 0])) as Operations

describe('toItems', () => {
  it('has the price of a million webhooks for each service', () => {
    const items = toItems({ ...NOTHING, kvWrites: 1, queueOperations: 3, rowsWritten: 4 })
    const paid = items.filter(({ usd }) => usd > 0).map(({ service, usd }) => [service, usd])
    expect(Object.fromEntries(paid)).toEqual({
      kvWrites: 5,
      queueOperations: expect.closeTo(1.2),
      rowsWritten: 4,
    })
    expect(sumUsd(items)).toBeCloseTo(10.2)
  })

  it('counts a GB that is stored for a month', () => {
    const groups = toGroups({ ...NOTHING, storedMbMonths: 0.004 })
    expect(groups.get('D1 storage')).toBeCloseTo(3)
  })
})

describe('toMonthUsd', () => {
  it('is the plan alone while all is included', () => {
    expect(toMonthUsd({ ...NOTHING, workerRequests: 1, rowsWritten: 50 }, 1)).toBe(5)
  })

  it('has one allowance for rows that are written and rows that are deleted', () => {
    expect(toMonthUsd({ ...NOTHING, rowsWritten: 30, rowsDeleted: 21 }, 1)).toBeCloseTo(6)
  })

  it('adds what is over', () => {
    expect(toMonthUsd({ ...NOTHING, queueOperations: 3 }, 2)).toBeCloseTo(5 + 5 * 0.4)
  })
})

describe('toOperations', () => {
  const counts = {
    webhooks: 10,
    work: { 'kv.get config': 7, 'kv.get token': 10, 'kv.put token': 10, 'object.ms': 1_000 },
    pruning: { 'd1.written': 30, 'd1.read': 50 },
    cpuMs: null,
    storedBytes: 40_000,
    loggedBytes: 0,
  }

  it('leaves out the reads of the config, which no webhook causes', () => {
    const operations = toOperations(counts, 30)
    expect([operations.kvReads, operations.kvWrites]).toEqual([1, 1])
  })

  it('counts what is deleted later, what is stored until then, and 128 MB for each second', () => {
    expect(toOperations(counts, 15)).toMatchObject({
      rowsDeleted: 3,
      rowsRead: 5,
      storedMbMonths: expect.closeTo(0.002),
      objectGbSeconds: expect.closeTo(0.0128),
    })
  })

  it('takes the difference of two counts', () => {
    expect(difference({ a: 3, b: 1 }, { a: 1 })).toEqual({ a: 2, b: 1 })
  })
})

describe('docs/cost.md', () => {
  const { tables } = readDocument('docs/cost.md')
  const find = (section: string): Table => {
    const found = tables.find((table) => table.section === section)
    if (!found) throw new Error(`no table under ${section}`)
    return found
  }
  /** What the columns of the table of operations are, in their order, and in what unit. */
  const COLUMNS: [Service, number][] = [
    ['workerRequests', 1],
    ['cpuMs', 1],
    ['kvReads', 1],
    ['kvWrites', 1],
    ['queueOperations', 1],
    ['rowsRead', 1],
    ['rowsWritten', 1],
    ['rowsDeleted', 1],
    ['storedMbMonths', 1_000],
    ['objectRequests', 1],
    ['objectGbSeconds', 1],
    ['loggedMb', 1_000],
  ]
  const operations = new Map(
    find('Operations').rows.map(([name = '', ...cells]) => [
      name,
      COLUMNS.reduce(
        (all, [service, unit], i) => ({ ...all, [service]: Number(cells[i]) / unit }),
        NOTHING,
      ),
    ]),
  )
  const dollars = find('Dollars').rows
  const ours = dollars.filter(([name = '']) => operations.has(name))

  it('has the prices of the price list', () => {
    const listed = SERVICES.map((service) => {
      const { label, usdPerMillion, includedMillions } = prices.services[service]
      return [label, String(usdPerMillion), includedMillions === 0 ? '' : String(includedMillions)]
    })
    expect(find('Prices').rows.map((row) => row.slice(0, 3))).toEqual(listed)
  })

  it('has dollars for each configuration, under the name that it is counted by', () => {
    expect(ours.map(([name]) => name)).toEqual([...operations.keys()])
    expect(ours.length).toBeGreaterThan(5)
    const names = SCENARIOS.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining([...operations.keys()]))
    expect(names).toContain(scale.scenario)
    expect(new Set(names).size).toBe(names.length)
  })

  it.each(ours)('%s costs what its operations cost', (name, ...cells) => {
    const counted = operations.get(name) ?? NOTHING
    const groups = toGroups(counted)
    const expected = [
      ...GROUPS.map((group) => groups.get(group) ?? 0),
      sumUsd(toItems(counted)),
      toMonthUsd(counted, 1),
    ]
    // Operations are rounded in the document.
    expect(cells.map(Number)).toEqual(expected.map((value) => expect.closeTo(value, 1)))
  })

  it('has what others ask', () => {
    const others = dollars.filter(([name = '']) => !operations.has(name))
    const listed = prices.others.map(({ name, usdPerMillion }) => [name, usdPerMillion])
    expect(others.map((row) => [row[0], Number(row.at(-2))])).toEqual(listed)
  })

  it('says where the money goes to the last cent', () => {
    const total = Number(dollars.find(([name]) => name === 'messages, 1 target')?.at(-2))
    const parts = find('Where the money goes').rows.map(([, usd]) => ({ usd: Number(usd) }))
    expect(sumUsd(parts)).toBeCloseTo(total, 1)
  })
})
