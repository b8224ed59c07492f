import { describe, expect, it } from 'vitest'
import { toCountScale, toTimeTicks } from '../../../../src/console/charts/axis.tsx'
import { Histogram, toTimesSummary } from '../../../../src/console/charts/histogram.tsx'
import { RateBar } from '../../../../src/console/charts/rate-bar.tsx'
import { toSummary } from '../../../../src/console/charts/buckets.ts'
import { StackedBars } from '../../../../src/console/charts/stacked-bars.tsx'

const FROM = Date.parse('2026-11-20T09:00:00.000Z')
const MINUTE_MS = 60_000
const HOSTILE = '<script>alert(1)</script>'

const BARS = {
  id: 'kinds',
  title: 'Webhooks by kind',
  unit: 'webhooks per 15 min',
  from: FROM,
  until: FROM + 52 * MINUTE_MS,
  bucketMs: 15 * MINUTE_MS,
  parts: [
    { label: 'messaging', paint: 0 as const },
    { label: HOSTILE, paint: 1 as const },
  ],
  buckets: [
    { at: FROM, counts: [3, 1] },
    { at: FROM + 15 * MINUTE_MS, counts: [0, 0] },
    { at: FROM + 30 * MINUTE_MS, counts: [0, 100_000] },
    { at: FROM + 45 * MINUTE_MS, counts: [1, 0] },
  ],
}

const render = (element: { toString: () => string | Promise<string> } | null): string =>
  String(element)

/** The attributes of each bar that is drawn. */
function findBars(svg: string) {
  return [...svg.matchAll(/<rect ([^>]*class="chart-bar[^>]*)>/g)].map(([, text = '']) =>
    Object.fromEntries(
      [...text.matchAll(/([a-z]+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
    ),
  )
}

describe('StackedBars', () => {
  const svg = render(StackedBars(BARS))
  const [plot = ''] = /<svg width="100%".*?<\/svg>/s.exec(svg) ?? []

  it('draws what is there, and nothing for nothing', () => {
    const bars = findBars(plot)
    expect(bars).toHaveLength(4)
    // The last stretch is not over: it has its whole place, and nothing is drawn outside.
    expect(bars.map(({ x }) => Number.parseFloat(x ?? ''))).toEqual([2, 2, 52, 77])
    expect(bars.every(({ width }) => width === '21.000%')).toBe(true)
    // One of a hundred thousand can be seen.
    expect(bars.every(({ height }) => Number(height) >= 1)).toBe(true)
  })

  it('tells parts apart by patterns, and names them and the unit', () => {
    const fills = new Set(findBars(plot).map(({ fill }) => fill))
    expect(fills).toEqual(new Set(['url(#kinds-paint-0)', 'url(#kinds-paint-1)']))
    for (const fill of fills) expect(plot).toContain(`id="${fill?.slice(5, -1)}"`)
    expect(svg).toContain('webhooks per 15 min')
  })

  it('says the same in words, and as a table with heads', () => {
    expect(toSummary(BARS)).toBe(`100,005 webhooks: ${HOSTILE} 100,001, messaging 4.`)
    expect(toSummary({ ...BARS, buckets: [] })).toBe('No webhooks in this time.')
    expect(plot).toMatch(/role="img" aria-label="Webhooks by kind\. 100,005 webhooks/)
    expect(svg.match(/scope="row"/g)).toHaveLength(4)
    expect(svg.match(/scope="col"/g)).toHaveLength(3)
    expect(svg).toContain('datetime="2026-11-20T09:30:00.000Z"')
  })

  it('shows names as text, and needs no style of its own', () => {
    expect(svg).not.toContain('<script')
    expect(svg).not.toMatch(/ style=/)
  })
})

describe('axes', () => {
  it('end at a round number, in whole steps', () => {
    expect(toCountScale(0).ticks).toEqual([0, 1])
    expect(toCountScale(3).ticks).toEqual([0, 1, 2, 3])
    const { ticks, toY } = toCountScale(97)
    expect(ticks).toEqual([0, 20, 40, 60, 80, 100])
    expect(toY(100)).toBeLessThan(toY(0))
  })

  it('have round instants, in order and inside', () => {
    const ticks = toTimeTicks(FROM + 7 * MINUTE_MS, FROM + 67 * MINUTE_MS)
    expect(ticks[0]).toMatchObject({ at: FROM + 15 * MINUTE_MS })
    expect(ticks[0]?.percent).toBeCloseTo(13.33, 1)
    expect(ticks.every(({ at }) => at % (15 * MINUTE_MS) === 0)).toBe(true)
    expect(ticks.every(({ percent }) => percent >= 0 && percent <= 96)).toBe(true)
  })
})

describe('Histogram', () => {
  const times = {
    count: 1_200,
    p50: 12,
    p95: 48,
    p99: 1_500,
    histogram: [
      { from: 0, below: 100, count: 1_150 },
      { from: 100, below: 1_000, count: 0 },
      { from: 1_000, below: null, count: 50 },
    ],
  }

  it('has a bar for each class that is not empty, and says what the axis is in', () => {
    const html = render(Histogram({ id: 'times', title: 'Replies', times }))
    expect(findBars(html).map(({ x }) => x)).toEqual(['1.33%', '68.00%'])
    expect(html).toContain('replies, by milliseconds')
    expect(html).toContain('1 s or more')
    expect(html).toContain('100 ms to 1 s')
  })

  it('says in words how long replies took, or that nobody knows', () => {
    expect(toTimesSummary(times)).toBe(
      '1,200 replies: half within 12 ms, 95 % within 48 ms, 99 % within 1.5 s.',
    )
    const none = { count: 0, p50: null, p95: null, p99: null, histogram: [] }
    expect(toTimesSummary(none)).toBe('No reply of this time is known.')
    expect(render(Histogram({ id: 'times', title: 'Replies', times: none }))).toContain('<figure')
  })
})

describe('RateBar', () => {
  it('fills the bar with what is there', () => {
    const bars = findBars(render(RateBar({ id: 'crm', delivered: 3, waiting: 0, dead: 1 })))
    expect(bars.map(({ x, width }) => [x, width])).toEqual([
      ['0.00%', '75.00%'],
      ['75.00%', '25.00%'],
    ])
    expect(findBars(render(RateBar({ id: 'crm', delivered: 0, waiting: 0, dead: 0 })))).toEqual([])
  })
})
