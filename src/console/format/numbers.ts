/**
 * Numbers as people read them, in English and the same everywhere: the server does not know the reader's
 * language. An exact value belongs beside what is rounded here.
 */

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** The next larger unit is taken where rounding would reach it: never `1,000 ms` or `60 s`. */
const UNITS: readonly (readonly [unitMs: number, name: string])[] = [
  [DAY_MS, 'd'],
  [HOUR_MS, 'h'],
  [MINUTE_MS, 'min'],
  [SECOND_MS, 's'],
]

/** `840 ms`, `1.2 s`, `42 s`, `3 min`, `5 h`, `14 d`. One digit behind the point below ten, in seconds only. */
export function formatDuration(durationMs: number): string {
  const ms = Math.max(0, durationMs)
  for (const [unitMs, name] of UNITS) {
    const amount = ms / unitMs
    // Half of the last digit that the unit below would show.
    const isReached =
      unitMs === SECOND_MS ? Math.round(ms) >= unitMs : roundDown(ms, unitMs) >= unitMs
    if (!isReached) continue
    const isFine = name === 's' && amount < 9.95
    return `${isFine ? withoutZero(amount.toFixed(1)) : formatCount(amount)} ${name}`
  }
  return `${Math.round(ms)} ms`
}

/** What the next smaller unit would be rounded to. */
function roundDown(ms: number, unitMs: number): number {
  const at = UNITS.findIndex(([each]) => each === unitMs)
  const [smallerMs] = UNITS[at + 1] ?? [1]
  return Math.round(ms / smallerMs) * smallerMs
}

/** What a second is nearer than is now: clocks of two machines differ. */
const NOW_MS = 2 * SECOND_MS

/** `just now`, `12 s ago`, `3 min ago`, `in 5 h`. Both in milliseconds since the epoch. */
export function formatRelative(at: number, now: number): string {
  const distanceMs = Math.abs(now - at)
  if (distanceMs < NOW_MS) return 'just now'
  const whole = formatDuration(
    distanceMs < 10 * SECOND_MS ? Math.round(distanceMs / 1_000) * 1_000 : distanceMs,
  )
  return at <= now ? `${whole} ago` : `in ${whole}`
}

/** `12,345` */
export function formatCount(count: number): string {
  const digits = String(Math.round(Math.abs(count)))
  const grouped = digits.replaceAll(/\B(?=(?:\d{3})+$)/g, ',')
  return count < 0 && digits !== '0' ? `-${grouped}` : grouped
}

/** For the axis of a chart: `950`, `1.2k`, `12k`, `3.4M`. */
export function formatCompact(count: number): string {
  const scales: readonly (readonly [size: number, name: string])[] = [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ]
  for (const [size, name] of scales) {
    const amount = count / size
    if (Math.abs(amount) < 0.9995) continue
    return `${Math.abs(amount) < 9.95 ? withoutZero(amount.toFixed(1)) : formatCount(amount)}${name}`
  }
  return formatCount(count)
}

/** `512 B`, `1.5 KB`, `60 KB`, `3 MB`; a KB has 1,024 bytes, as in Twilio's limits. */
export function formatBytes(bytes: number): string {
  if (bytes < 1_024) return `${formatCount(bytes)} B`
  const isMega = bytes >= 1_024 * 1_023.5
  const amount = bytes / (isMega ? 1_024 * 1_024 : 1_024)
  return `${amount < 9.95 ? withoutZero(amount.toFixed(1)) : formatCount(amount)} ${isMega ? 'MB' : 'KB'}`
}

/** `98%`, `99.9%`; never 100% when something is missing, never 0% when something is there. */
export function formatShare(part: number, whole: number): string {
  if (whole <= 0) return '–'
  const percent = (part / whole) * 100
  if (percent === 0 || percent === 100) return `${percent}%`
  if (percent > 99) return `${Math.min(99.9, Number(percent.toFixed(1)))}%`
  if (percent < 1) return `${Math.max(0.1, Number(percent.toFixed(1)))}%`
  return `${Math.round(percent)}%`
}

const withoutZero = (text: string): string => (text.endsWith('.0') ? text.slice(0, -2) : text)
