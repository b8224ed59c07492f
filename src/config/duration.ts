/** Durations as a config writes them: `250ms`, `4s`, `5m`, `24h`, `7d`. */

/** Milliseconds of each unit, the longest first. */
const UNITS: readonly (readonly [name: string, ms: number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
]

/** Milliseconds, or null when the text is no duration. */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)([a-z]+)$/.exec(text)
  const unit = UNITS.find(([name]) => name === match?.[2])
  return match && unit ? Math.round(Number(match[1]) * unit[1]) : null
}

/** The shortest way to write it. */
export function formatDuration(ms: number): string {
  const [name, size] = UNITS.find(([, unitMs]) => ms >= unitMs && ms % unitMs === 0) ?? ['ms', 1]
  return `${ms / size}${name}`
}
