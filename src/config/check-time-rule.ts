/** Checks what `time-rule.ts` compiles: a zone that exists, days, times of day. */
import { z } from 'zod'
import { ok } from '../result.ts'
import type { Json } from '../events/event.ts'
import { FIELD_FACTS } from './field-facts.ts'
import { at, type Report } from './problem.ts'
import { complain, field, readObject } from './read-object.ts'
import { isTimeZone, MINUTES_A_DAY, parseDays, parseTimeOfDay } from './time-rule.ts'

const zone = field("an IANA name such as 'Europe/Berlin'", (text) =>
  isTimeZone(text)
    ? ok(text)
    : complain(
        'bad_time',
        'this is no time zone',
        "write 'Europe/Berlin', 'America/New_York', 'UTC'",
      ),
).register(FIELD_FACTS, { type: 'IANA name' })

const days = field("days such as 'mon-fri'", (text) =>
  parseDays(text)
    ? ok(text)
    : complain('bad_time', 'these are no days', "write 'mon-fri', 'sat' or ['mon', 'wed']"),
).register(FIELD_FACTS, { type: 'days' })

const time = field("a time such as '09:00'", (text) => {
  const minutes = parseTimeOfDay(text)
  return minutes === null
    ? complain('bad_time', 'this is no time of day', "write '09:00', '17:30', '24:00'")
    : ok(minutes)
}).register(FIELD_FACTS, { type: 'time of day' })

export const HOURS = z.strictObject({
  zone,
  days: days.optional(),
  from: time.default(0),
  to: time.default(MINUTES_A_DAY),
})
const LIST_OF_DAYS = HOURS.extend({ days: z.array(days).min(1) })

export function checkTimeRule(rule: Json, path: string, report: Report): void {
  const hasList =
    typeof rule === 'object' && rule !== null && 'days' in rule && Array.isArray(rule.days)
  const read = readObject<z.ZodObject>(hasList ? LIST_OF_DAYS : HOURS, rule, path, report)
  if (!read) return
  const { from, to } = read
  if (from !== to && from !== MINUTES_A_DAY) return
  report.add(at(path, from === to ? 'to' : 'from'), {
    code: 'bad_time',
    message: 'no time is left',
    fix: "write 'from' before 'to'; a 'to' before 'from' is on the next day",
  })
}
