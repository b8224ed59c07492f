/**
 * Pure: a result as an SVG of horizontal bars, for Markdown. Each bar carries its value as text, and series
 * differ by pattern as well as by colour, so that it can be read in black and white. Its colours follow
 * the reader's light or dark. No scripts.
 */
import { scaleLinear } from 'd3-scale'
import { escapeXml } from '../../src/twilio/template.ts'

export interface Bar {
  /** NaN: not measured; no bar. */
  value: number
  /** What stands beside it. */
  text: string
}

export interface PictureRow {
  label: string
  /** One for each series. */
  bars: readonly Bar[]
}

export interface Picture {
  title: string
  /** For who cannot see it: what is compared, in one sentence. The values follow by themselves. */
  description: string
  /** Names of the bars of a row; not shown when there is one. */
  series: readonly string[]
  rows: readonly PictureRow[]
}

const WIDTH = 720
/** A character of the font is seldom wider. */
const CHAR_WIDTH = 7
const VALUE_WIDTH = 90
const BAR_HEIGHT = 16
const BAR_GAP = 2
const ROW_GAP = 14
const TOP = 44
const LEGEND_HEIGHT = 26

/** Solid, striped, dotted, hollow: the order of the series. */
const FILLS = ['solid', 'stripes', 'dots', 'hollow']

const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 15px; font-weight: 600 }
  .bar { stroke: #0b5cad; stroke-width: 1 }
  .solid { fill: #0b5cad }
  .stripes { fill: url(#stripes) }
  .dots { fill: url(#dots) }
  .hollow { fill: none }
  .ink { stroke: #0b5cad }
  .ink-dot { fill: #0b5cad }
  .base { stroke: #59636e }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .bar, .ink { stroke: #6cb6ff }
    .solid, .ink-dot { fill: #6cb6ff }
    .base { stroke: #9198a1 }
  }`

const PATTERNS = `<defs>
  <pattern id="stripes" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="ink" d="M1 0V6" stroke-width="2"/></pattern>
  <pattern id="dots" width="6" height="6" patternUnits="userSpaceOnUse"><circle class="ink-dot" cx="3" cy="3" r="1.3"/></pattern>
</defs>`

export function toPicture({ title, description, series, rows }: Picture): string {
  const values = rows.flatMap(({ bars }) => bars.map(({ value }) => value))
  const max = Math.max(...values.filter(Number.isFinite), Number.MIN_VALUE)
  const left = 20 + CHAR_WIDTH * Math.max(...rows.map(({ label }) => label.length))
  const width = scaleLinear([0, max], [0, WIDTH - left - VALUE_WIDTH])
  const hasLegend = series.length > 1
  let y = TOP + (hasLegend ? LEGEND_HEIGHT : 0)
  const top = y
  const parts: string[] = []
  for (const { label, bars } of rows) {
    const middle = y + (bars.length * (BAR_HEIGHT + BAR_GAP)) / 2
    parts.push(toText(left - 10, middle + 4, label, 'text-anchor="end"'))
    for (const [n, bar] of bars.entries()) {
      parts.push(...toBar(left, y, n, bar, width))
      y += BAR_HEIGHT + BAR_GAP
    }
    y += ROW_GAP
  }
  const base = `<path class="base" d="M${left} ${top - 4}V${y - ROW_GAP + 4}"/>`
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y}" viewBox="0 0 ${WIDTH} ${y}" role="img" aria-labelledby="title desc">
<title id="title">${escapeXml(title)}</title>
<desc id="desc">${escapeXml(`${description} ${toWords(series, rows)}`)}</desc>
<style>${STYLE}
</style>
${PATTERNS}
${toText(12, 24, title, 'class="title"')}
${hasLegend ? toLegend(series, left) : ''}
${parts.join('\n')}
${base}
</svg>
`
}

function toBar(
  left: number,
  y: number,
  n: number,
  { value, text }: Bar,
  width: (value: number) => number,
) {
  const length = Number.isFinite(value) ? width(value) : 0
  const label = toText(left + length + 6, y + BAR_HEIGHT - 3, text)
  if (length === 0) return [label]
  return [
    `<rect class="bar ${FILLS[n % FILLS.length]}" x="${left}" y="${y}" width="${round(length)}" height="${BAR_HEIGHT}"/>`,
    label,
  ]
}

function toLegend(series: readonly string[], left: number): string {
  let x = left
  const entries = series.map((name, n) => {
    const entry = `<rect class="bar ${FILLS[n % FILLS.length]}" x="${x}" y="${TOP - 6}" width="14" height="14"/>${toText(x + 20, TOP + 6, name)}`
    x += 44 + name.length * CHAR_WIDTH
    return entry
  })
  return entries.join('\n')
}

const toWords = (series: readonly string[], rows: readonly PictureRow[]): string =>
  rows
    .map(({ label, bars }) => {
      const said = bars.map(({ text }, n) => (series.length > 1 ? `${series[n]} ${text}` : text))
      return `${label}: ${said.join(', ')}.`
    })
    .join(' ')

const toText = (x: number, y: number, text: string, attributes = ''): string =>
  `<text x="${round(x)}" y="${round(y)}"${attributes === '' ? '' : ` ${attributes}`}>${escapeXml(text)}</text>`

const round = (value: number): number => Math.round(value * 10) / 10
