/**
 * How the parts of a chart are told apart: each by a pattern of its own and by a colour, so that the chart
 * can be read printed in black and white too. The colours are in style.css.
 */

type Shape = 'solid' | 'slope' | 'dots' | 'lines' | 'cross' | 'uprights' | 'blank'

/** Of what has no meaning of its own, in this order; and of what became of a delivery. */
export type Paint = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 'good' | 'wait' | 'bad' | 'calm'

const SHAPES: Readonly<Record<Paint, Shape>> = {
  0: 'solid',
  1: 'slope',
  2: 'dots',
  3: 'cross',
  4: 'lines',
  5: 'uprights',
  6: 'blank',
  good: 'solid',
  wait: 'dots',
  bad: 'cross',
  calm: 'blank',
}

const PAINTS = [0, 1, 2, 3, 4, 5, 6] as const satisfies readonly Paint[]

/** More than seven parts look like the last one: whoever makes the data puts the rest into one. */
export const toPaint = (index: number): Paint => PAINTS[index] ?? 6

const SIZE = 6
const SLOPE = 'M-1 1 1-1M0 6 6 0M5 7 7 5'
const MARKS: Readonly<Record<Shape, string>> = {
  solid: '',
  slope: SLOPE,
  dots: 'M1.5 1.5h.01M4.5 4.5h.01',
  lines: 'M0 1.5h6M0 4.5h6',
  cross: `${SLOPE}M-1 5 1 7M0 0 6 6M5-1 7 1`,
  uprights: 'M3 0v6',
  blank: '',
}

const toId = (chart: string, paint: Paint): string => `${chart}-paint-${paint}`

/** Once for each chart, inside its `<svg>`. */
export function Patterns({ chart, paints }: { chart: string; paints: readonly Paint[] }) {
  return (
    <defs>
      {paints.map((paint) => {
        const shape = SHAPES[paint]
        return (
          <pattern id={toId(chart, paint)} width={SIZE} height={SIZE} patternUnits="userSpaceOnUse">
            <rect width={SIZE} height={SIZE} class={`fill-${paint}`} />
            {MARKS[shape] !== '' && (
              <path
                d={MARKS[shape]}
                class={`ink-${paint}`}
                fill="none"
                stroke-width={shape === 'dots' ? 2.2 : 1.2}
                stroke-linecap={shape === 'dots' ? 'round' : 'butt'}
              />
            )}
          </pattern>
        )
      })}
    </defs>
  )
}

/** What a rectangle of this part is filled and lined with. */
export function toFill(chart: string, paint: Paint): { fill: string; class: string } {
  return { fill: `url(#${toId(chart, paint)})`, class: `chart-bar ink-${paint}` }
}

/** Says which pattern is what. */
export function Key({
  chart,
  parts,
}: {
  chart: string
  parts: readonly { label: string; paint: Paint }[]
}) {
  return (
    <ul class="key" aria-hidden="true">
      {parts.map(({ label, paint }) => (
        <li>
          <svg width="18" height="14">
            <rect x="0.5" y="0.5" width="17" height="13" {...toFill(chart, paint)} />
          </svg>
          {label}
        </li>
      ))}
    </ul>
  )
}
