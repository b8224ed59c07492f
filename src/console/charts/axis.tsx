/**
 * The axes that charts share. A chart is as wide as its place: what is across is in per cent, what is up
 * and down in pixels, and so letters keep their size on a phone.
 */
import { scaleLinear, scaleUtc } from 'd3-scale'
import { formatCompact } from '../format/numbers.ts'

export const PLOT_HEIGHT = 170
/** Above the highest tick, for half a letter. */
const TOP = 8
/** Below the base, for the labels. */
const BOTTOM = 22
export const CHART_HEIGHT = TOP + PLOT_HEIGHT + BOTTOM
export const BASE_Y = TOP + PLOT_HEIGHT

const COUNT_TICKS = 4
const TIME_TICKS = 5

export interface CountScale {
  /** Pixels from the top. */
  toY: (count: number) => number
  ticks: number[]
}

/** From nothing to a round number that is no less than `max`, in whole numbers. */
export function toCountScale(max: number): CountScale {
  const scale = scaleLinear()
    .domain([0, Math.max(max, 1)])
    .nice(COUNT_TICKS)
  scale.range([BASE_Y, TOP])
  return { toY: scale, ticks: scale.ticks(COUNT_TICKS).filter(Number.isInteger) }
}

export interface Tick {
  at: number
  /** Of the width. */
  percent: number
}

/** Round instants of UTC between the two. */
export function toTimeTicks(from: number, until: number): Tick[] {
  const scale = scaleUtc().domain([from, until]).range([0, 100])
  const ticks = scale.ticks(TIME_TICKS).map((date) => ({
    at: date.getTime(),
    percent: scale(date),
  }))
  // A label at the very end would be cut off.
  return ticks.filter(({ percent }) => percent <= 96)
}

const AXIS_WIDTH = 44

/** The numbers on the left; the lines that belong to them are drawn by `GridLines`. */
export function CountAxis({ scale: { toY, ticks } }: { scale: CountScale }) {
  return (
    <svg width={AXIS_WIDTH} height={CHART_HEIGHT} aria-hidden="true">
      {ticks.map((tick) => (
        <text x={AXIS_WIDTH - 8} y={toY(tick)} text-anchor="end" dominant-baseline="middle">
          {formatCompact(tick)}
        </text>
      ))}
    </svg>
  )
}

export function GridLines({ scale: { toY, ticks } }: { scale: CountScale }) {
  return (
    <g aria-hidden="true">
      {ticks.map((tick) => (
        <line
          x1="0"
          x2="100%"
          y1={toY(tick)}
          y2={toY(tick)}
          class={tick === 0 ? 'base-line' : 'grid-line'}
        />
      ))}
    </g>
  )
}

const LABEL_WIDTH = 80
const DAY_MS = 86_400_000

/** Instants below the base, in the reader's zone where the script runs. */
export function TimeAxis({ from, until }: { from: number; until: number }) {
  const isDays = until - from > 2 * DAY_MS
  return (
    <g aria-hidden="true">
      {toTimeTicks(from, until).map(({ at, percent }) => {
        const iso = new Date(at).toISOString()
        const x = `${percent.toFixed(2)}%`
        const isFirst = percent < 4
        return (
          <>
            <line x1={x} x2={x} y1={BASE_Y} y2={BASE_Y + 4} class="base-line" />
            <foreignObject
              x={x}
              y={BASE_Y + 4}
              width={LABEL_WIDTH}
              height={BOTTOM - 4}
              class={isFirst ? 'tick is-first' : 'tick'}
              {...(isFirst ? {} : { transform: `translate(${-LABEL_WIDTH / 2} 0)` })}
            >
              <time datetime={iso} data-local={isDays ? 'date' : 'short'}>
                {isDays ? iso.slice(5, 10) : iso.slice(11, 16)}
              </time>
            </foreignObject>
          </>
        )
      })}
    </g>
  )
}
