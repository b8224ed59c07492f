/**
 * How many of what came in each stretch of time: bars in parts, one upon the other. The same in words
 * above it, and as a table below it.
 *
 * What changes with time is in two elements, `<id>-plot` and `<id>-rows`, so that a page can renew both
 * and leave the table as open or closed as it was.
 */
import {
  BASE_Y,
  CHART_HEIGHT,
  CountAxis,
  GridLines,
  TimeAxis,
  toCountScale,
  type CountScale,
} from './axis.tsx'
import { BucketTable } from './bucket-table.tsx'
import { toSummary, toTitle, toTotal, type Bucket, type Counted, type Part } from './buckets.ts'
import { Key, Patterns, toFill } from './pattern.tsx'

export interface StackedBarsProps extends Counted {
  /** Unique on the page. */
  id: string
  /** What the chart shows: `Webhooks by kind`. */
  title: string
  from: number
  until: number
  bucketMs: number
}

/** Of the width of a bucket. */
const GAP = 0.16

export function StackedBars(props: StackedBarsProps) {
  const { id, title, unit, from, until, bucketMs, parts, buckets } = props
  const scale = toCountScale(Math.max(0, ...buckets.map(toTotal)))
  // The last stretch may not be over yet: it has its whole place all the same.
  const end = Math.max(until, (buckets.at(-1)?.at ?? from) + bucketMs)
  const summary = toSummary(props)
  return (
    <figure class="chart">
      <div id={`${id}-plot`}>
        <p class="chart-summary">{summary}</p>
        <div class="chart-unit" aria-hidden="true">
          {unit}
        </div>
        <div class="chart-plot">
          <CountAxis scale={scale} />
          <svg width="100%" height={CHART_HEIGHT} role="img" aria-label={`${title}. ${summary}`}>
            <Patterns chart={id} paints={parts.map(({ paint }) => paint)} />
            <GridLines scale={scale} />
            {buckets.map((bucket) => (
              <Bar
                chart={id}
                bucket={bucket}
                parts={parts}
                scale={scale}
                x={((bucket.at - from) / (end - from)) * 100}
                width={(bucketMs / (end - from)) * 100}
              />
            ))}
            <TimeAxis from={from} until={end} />
          </svg>
        </div>
        <Key chart={id} parts={parts} />
      </div>
      <BucketTable id={id} title={title} parts={parts} buckets={buckets} />
    </figure>
  )
}

interface BarProps {
  chart: string
  bucket: Bucket
  parts: readonly Part[]
  scale: CountScale
  /** Per cent of the width. */
  x: number
  width: number
}

function Bar({ chart, bucket, parts, scale: { toY }, x, width }: BarProps) {
  if (toTotal(bucket) === 0) return null
  let below = 0
  return (
    <g>
      <title>{toTitle(bucket, parts)}</title>
      <rect
        class="chart-band"
        x={`${x.toFixed(3)}%`}
        y="0"
        width={`${width.toFixed(3)}%`}
        height={BASE_Y}
      />
      {parts.map(({ paint }, i) => {
        const count = bucket.counts[i] ?? 0
        if (count === 0) return null
        const bottom = toY(below)
        below += count
        // One in ten thousand can still be seen.
        const height = Math.max(bottom - toY(below), 1)
        return (
          <rect
            x={`${(x + (width * GAP) / 2).toFixed(3)}%`}
            y={(bottom - height).toFixed(1)}
            width={`${(width * (1 - GAP)).toFixed(3)}%`}
            height={height.toFixed(1)}
            {...toFill(chart, paint)}
          />
        )
      })}
    </g>
  )
}
