/**
 * Pure: lines over time as an SVG, for Markdown: a panel for each unit, lines told apart by dashes and by
 * their labels. Its colours follow the reader's light or dark. No scripts.
 */
import { scaleLinear } from 'd3-scale'
import { escapeXml } from '../../src/twilio/template.ts'

export interface Line {
  label: string
  points: readonly (readonly [minute: number, value: number])[]
}

export interface Panel {
  unit: string
  lines: readonly Line[]
}

const WIDTH = 720
const LEFT = 70
const RIGHT = 190
const PANEL_HEIGHT = 150
const GAP = 46
const TOP = 50
const DASHES = ['', '6 4', '2 3', '10 3 2 3']

const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 15px; font-weight: 600 }
  .line { fill: none; stroke: #0b5cad; stroke-width: 2 }
  .grid { stroke: #59636e; stroke-opacity: 0.35 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .line { stroke: #6cb6ff }
    .grid { stroke: #9198a1 }
  }`

export function toLinesPicture(
  title: string,
  description: string,
  panels: readonly Panel[],
): string {
  const minutes = panels.flatMap(({ lines }) =>
    lines.flatMap(({ points }) => points.map(([x]) => x)),
  )
  const x = scaleLinear([0, Math.max(1, ...minutes)], [LEFT, WIDTH - RIGHT])
  const height = TOP + panels.length * (PANEL_HEIGHT + GAP)
  const body = panels.map((panel, n) => toPanel(panel, TOP + n * (PANEL_HEIGHT + GAP), x))
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title desc">
<title id="title">${escapeXml(title)}</title>
<desc id="desc">${escapeXml(description)}</desc>
<style>${STYLE}
</style>
<text class="title" x="10" y="24">${escapeXml(title)}</text>
${body.join('\n')}
</svg>
`
}

type Scale = (value: number) => number

function toPanel(
  { unit, lines }: Panel,
  top: number,
  x: Scale & { ticks: (n: number) => number[] },
) {
  const values = lines.flatMap(({ points }) => points.map(([, value]) => value))
  const most = Math.max(Number.MIN_VALUE, ...values.filter(Number.isFinite))
  const y = scaleLinear([0, most], [top + PANEL_HEIGHT, top]).nice(4)
  const grid = y.ticks(4).map((tick) => {
    const at = y(tick).toFixed(1)
    const line = `<path class="grid" d="M${LEFT} ${at}H${WIDTH - RIGHT}"/>`
    return `${line}<text x="${LEFT - 8}" y="${at}" dy="4" text-anchor="end">${tick}</text>`
  })
  const feet = x.ticks(6).map((tick) => {
    const below = top + PANEL_HEIGHT + 18
    return `<text x="${x(tick).toFixed(1)}" y="${below}" text-anchor="middle">${tick} min</text>`
  })
  const labels = placeLabels(lines.map(({ points }) => y(points.at(-1)?.[1] ?? 0)))
  const drawn = lines.map(({ label, points }, n) => {
    const path = points.map(([minute, value]) => `${x(minute).toFixed(1)} ${y(value).toFixed(1)}`)
    const dash = DASHES[n % DASHES.length] ?? ''
    const line = `<path class="line" stroke-dasharray="${dash}" d="M${path.join('L')}"/>`
    const at = (labels[n] ?? 0).toFixed(1)
    return `${line}<text x="${WIDTH - RIGHT + 8}" y="${at}" dy="4">${escapeXml(label)}</text>`
  })
  const head = `<text x="10" y="${top - 10}">${escapeXml(unit)}</text>`
  return [head, ...grid, ...feet, ...drawn].join('\n')
}

/** Below each other, so that none lies on another. */
function placeLabels(wanted: readonly number[]): number[] {
  const placed = [...wanted]
  const order = wanted.map((_, n) => n).toSorted((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0))
  for (const [i, n] of order.entries()) {
    const above = order[i - 1]
    if (above === undefined) continue
    placed[n] = Math.max(placed[n] ?? 0, (placed[above] ?? 0) + 16)
  }
  return placed
}
