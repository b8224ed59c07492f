/** How many replies took how long: a bar for each class of time, from the fastest to the slowest. */
import { scaleBand } from 'd3-scale'
import type { ReplyTimes } from '../../ledger/reads/types.ts'
import { formatCount } from '../format/numbers.ts'
import { Cell, Row, Table } from '../ui/table.tsx'
import {
  BASE_Y,
  CHART_HEIGHT,
  CountAxis,
  GridLines,
  toCountScale,
  type CountScale,
} from './axis.tsx'
import { Patterns, toFill } from './pattern.tsx'

interface HistogramProps {
  /** Unique on the page. */
  id: string
  title: string
  /** Milliseconds. */
  times: Pick<ReplyTimes, 'count' | 'p50' | 'p95' | 'p99' | 'histogram'>
}

const GAP = 0.08
const PAINT = 0

export function Histogram({ id, title, times }: HistogramProps) {
  const { histogram } = times
  const scale = toCountScale(Math.max(0, ...histogram.map(({ count }) => count)))
  const bands = scaleBand(
    histogram.map(({ from }) => from),
    [0, 100],
  )
  const summary = toTimesSummary(times)
  return (
    <figure class="chart">
      <div id={`${id}-plot`}>
        <p class="chart-summary">{summary}</p>
        <div class="chart-unit" aria-hidden="true">
          replies, by milliseconds taken
        </div>
        <div class="chart-plot">
          <CountAxis scale={scale} />
          <svg width="100%" height={CHART_HEIGHT} role="img" aria-label={`${title}. ${summary}`}>
            <Patterns chart={id} paints={[PAINT]} />
            <GridLines scale={scale} />
            {histogram.map((bin, i) => (
              <Bin
                chart={id}
                bin={bin}
                index={i}
                scale={scale}
                x={bands(bin.from) ?? 0}
                width={bands.bandwidth()}
              />
            ))}
          </svg>
        </div>
      </div>
      <Numbers id={id} title={title} times={times} />
    </figure>
  )
}

type BinData = ReplyTimes['histogram'][number]

interface BinProps {
  chart: string
  bin: BinData
  index: number
  scale: CountScale
  /** Per cent of the width. */
  x: number
  width: number
}

function Bin({ chart, bin, index, scale: { toY }, x, width }: BinProps) {
  const { from, count } = bin
  const isShown = count > 0
  const height = Math.max(BASE_Y - toY(count), 1)
  return (
    <g>
      <title>{`${toBinText(bin)}: ${formatCount(count)}`}</title>
      {isShown && (
        <rect
          x={`${(x + (width * GAP) / 2).toFixed(2)}%`}
          y={(BASE_Y - height).toFixed(1)}
          width={`${(width * (1 - GAP)).toFixed(2)}%`}
          height={height.toFixed(1)}
          {...toFill(chart, PAINT)}
        />
      )}
      <text
        x={`${x.toFixed(2)}%`}
        y={BASE_Y + 16}
        text-anchor={index === 0 ? 'start' : 'middle'}
        class={index % 2 === 1 ? 'minor' : ''}
        aria-hidden="true"
      >
        {toEdgeText(from)}
      </text>
    </g>
  )
}

function Numbers({ id, title, times: { histogram } }: HistogramProps) {
  const columns = [{ label: 'Answered in' }, { label: 'Replies', align: 'end' as const }]
  return (
    <details id={`${id}-numbers`}>
      <summary>The numbers</summary>
      <Table caption={title} columns={columns} isCards={false} bodyId={`${id}-rows`}>
        {histogram.map((bin) => (
          <Row>
            <Cell isHead label="Answered in">
              {toBinText(bin)}
            </Cell>
            <Cell label="Replies" align="end">
              {formatCount(bin.count)}
            </Cell>
          </Row>
        ))}
      </Table>
    </details>
  )
}

const SECOND_MS = 1_000

/** Seconds with their unit; milliseconds, which the axis is in, without. */
const toEdgeText = (ms: number): string => (ms >= SECOND_MS ? `${ms / SECOND_MS} s` : String(ms))

const toMsText = (ms: number): string => (ms >= SECOND_MS ? `${ms / SECOND_MS} s` : `${ms} ms`)

const toBinText = ({ from, below }: BinData): string =>
  below === null ? `${toMsText(from)} or more` : `${toMsText(from)} to ${toMsText(below)}`

export function toTimesSummary({ count, p50, p95, p99 }: HistogramProps['times']): string {
  if (count === 0 || p50 === null || p95 === null || p99 === null) {
    return 'No reply of this time is known.'
  }
  const parts = [
    `half within ${toMsText(p50)}`,
    `95 % within ${toMsText(p95)}`,
    `99 % within ${toMsText(p99)}`,
  ]
  return `${formatCount(count)} replies: ${parts.join(', ')}.`
}
