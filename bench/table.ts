/** Numbers and tables for the terminal. */

export interface Spread {
  min: number
  median: number
  p99: number
  max: number
}

export function describe(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN
  return { min: at(0), median: at(0.5), p99: at(0.99), max: at(1) }
}

/** `1.42 (1.38–1.50)`: median and extremes. */
export function formatRange(values: readonly number[]): string {
  const { min, median, max } = describe(values)
  return `${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`
}

/** The first column is text, the others are numbers. */
export function printTable(header: string[], rows: string[][]): void {
  const lines = [header, ...rows]
  const widths = header.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)))
  for (const line of lines) {
    const cells = line.map((cell, i) =>
      i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0),
    )
    console.log(`  ${cells.join('   ')}`)
  }
}
