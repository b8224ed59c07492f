/**
 * Opening hours: is it now within these days and times, on the clock of that place?
 *
 * Wall-clock rules: `from` counts, `to` does not, and a range that ends at or before its start runs
 * past midnight and belongs to the day it starts on. On the day the clocks change a range is as much
 * shorter or longer as the day is. Formatters are made once for each zone: making one is slow.
 */

export interface TimeRule {
  /** IANA name, e.g. `Europe/Berlin`. */
  zone: string
  /** `mon-fri`, `sat`, `mon,wed,fri-sun`, or a list of such. Absent: every day. */
  days?: string | string[]
  /** `HH:MM`, 00:00 to 23:59. Absent: 00:00. */
  from?: string
  /** `HH:MM`, 00:01 to 24:00, exclusive. Absent: 24:00. */
  to?: string
}

export const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const

export const MINUTES_A_DAY = 24 * 60

/** Throws for a rule that the config's checker would have refused. */
export function compileTimeRule(rule: TimeRule): (now: number) => boolean {
  const days = parseDays(rule.days ?? 'sun-sat')
  const from = parseTimeOfDay(rule.from ?? '00:00')
  const to = parseTimeOfDay(rule.to ?? '24:00')
  if (!days || from === null || to === null) throw new TypeError('broken time rule')
  const clock = toClock(rule.zone)
  const isOvernight = to <= from
  return (now) => {
    const { day, minute } = clock(now)
    if (!isOvernight) return days.has(day) && minute >= from && minute < to
    const yesterday = (day + 6) % 7
    return (days.has(day) && minute >= from) || (days.has(yesterday) && minute < to)
  }
}

/** Days as numbers, Sunday 0, or null when the text is no day, range or list of those. */
export function parseDays(text: string | readonly string[]): Set<number> | null {
  const days = new Set<number>()
  const parts = typeof text === 'string' ? text.split(',') : text.flatMap((one) => one.split(','))
  for (const part of parts) {
    const names = part.trim().toLowerCase().split('-')
    const [first = -1, last = first] = names.map((name) => DAYS.findIndex((day) => day === name))
    if (names.length > 2 || first === -1 || last === -1) return null
    // `fri-mon` runs over the end of the week.
    for (let day = first; ; day = (day + 1) % 7) {
      days.add(day)
      if (day === last) break
    }
  }
  return days
}

/** Minutes since midnight, 24:00 included, or null when the text is not `HH:MM`. */
export function parseTimeOfDay(text: string): number | null {
  const match = /^(\d\d):([0-5]\d)$/.exec(text)
  if (!match) return null
  const minutes = Number(match[1]) * 60 + Number(match[2])
  return minutes <= MINUTES_A_DAY ? minutes : null
}

export function isTimeZone(zone: string): boolean {
  try {
    return zone !== '' && Boolean(new Intl.DateTimeFormat('en-US', { timeZone: zone }))
  } catch {
    return false
  }
}

interface LocalTime {
  /** Sunday 0. */
  day: number
  /** Minutes since midnight on the clock. */
  minute: number
}

const clocks = new Map<string, (now: number) => LocalTime>()

function toClock(zone: string): (now: number) => LocalTime {
  const known = clocks.get(zone)
  if (known) return known
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  function read(now: number): LocalTime {
    const parts = new Map(format.formatToParts(now).map(({ type, value }) => [type, value]))
    const weekday = parts.get('weekday')?.toLowerCase()
    return {
      day: DAYS.findIndex((day) => day === weekday),
      minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')),
    }
  }
  // Formatting costs more than the rest of a reply, and changes nothing within a minute.
  let readAt = Number.NaN
  let time: LocalTime = { day: 0, minute: 0 }
  const clock = (now: number) => {
    const minute = Math.floor(now / 60_000)
    if (minute !== readAt) {
      time = read(now)
      readAt = minute
    }
    return time
  }
  clocks.set(zone, clock)
  return clock
}
