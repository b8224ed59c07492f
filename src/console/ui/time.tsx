/**
 * An instant. Without the script one reads UTC, and it says so; with it, the reader's own zone. The exact
 * instant is in the title and in `datetime`.
 *
 * `data-local` tells the script (assets/console.client.js) how much to show:
 * `date-time`, `time` (with seconds), `short` (hours and minutes) or `date`.
 */
export type TimeForm = 'date-time' | 'time' | 'short' | 'date'

interface TimeProps {
  /** Milliseconds since the epoch, or RFC 3339. */
  at: number | string
  form?: TimeForm
}

export function Time({ at, form = 'date-time' }: TimeProps) {
  const date = new Date(at)
  if (Number.isNaN(date.getTime())) return <span class="quiet">unknown</span>
  const iso = date.toISOString()
  return (
    <time datetime={iso} title={iso} data-local={form}>
      {toUtcText(iso, form)}
    </time>
  )
}

/** @param iso as `toISOString` writes it */
export function toUtcText(iso: string, form: TimeForm): string {
  if (form === 'date') return iso.slice(0, 10)
  if (form === 'short') return `${iso.slice(11, 16)} UTC`
  if (form === 'time') return `${iso.slice(11, 19)} UTC`
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`
}
