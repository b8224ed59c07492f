/** The patterns under which a target names the kinds of events that it wants. */
import { z } from 'zod'
import { isOwnKind, OWN_KIND_NAMES, OWN_PREFIX } from '../events/own-kinds.ts'
import { ok } from '../result.ts'
import { KIND_NAMES } from '../twilio/kinds.ts'
import type { CompiledTarget } from './compiled.ts'
import { suggest } from './did-you-mean.ts'
import { FIELD_FACTS } from './field-facts.ts'
import { at, type Report } from './problem.ts'
import { complain, field, type ReadText } from './read-object.ts'
import { toKindMatcher } from './targets.ts'

/** What an event can be: a row of the table, what no row matched, Switchboard's own. */
const ALL_KINDS: readonly string[] = [...KIND_NAMES, 'unknown', ...OWN_KIND_NAMES]

const readPattern: ReadText<string> = (text) => {
  if (ALL_KINDS.some(toKindMatcher(text))) return ok(text)
  const otherwise = text.startsWith('switchboard')
    ? `write '${OWN_PREFIX}*', or one of ${OWN_KIND_NAMES.join(', ')}`
    : "use a kind's name, with * as a wildcard; '*' is every kind"
  const fix = suggest(text, ALL_KINDS, otherwise)
  return complain('unknown_event', `"${text}" matches no kind of webhook`, fix)
}

export const eventPattern = field("a pattern such as 'messaging.*'", readPattern)

/** The same for what Switchboard's own events cannot be part of. */
const twilioPattern = field("a pattern such as 'messaging.status'", (text) => {
  if (!isOwnKind(text)) return readPattern(text)
  const message = "Switchboard's own events are always recorded"
  return complain('event_mismatch', message, "name kinds of Twilio's; '*' is all of them")
})

export const twilioPatterns = z
  .array(twilioPattern)
  .max(100)
  .register(FIELD_FACTS, { type: 'list of patterns' })

/** The `twilio` format passes Twilio's request on, and behind an event of our own there is none. */
export function checkEventFormat(
  events: readonly string[],
  format: CompiledTarget['format'],
  path: string,
  report: Report,
): void {
  if (format !== 'twilio') return
  for (const [i, pattern] of events.entries()) {
    if (!isOwnKind(pattern)) continue
    report.add(at(at(path, 'events'), i), {
      code: 'event_mismatch',
      message: 'there is no request of Twilio behind these events',
      fix: "give them to a target of the format 'slack' or 'cloudevents'",
    })
  }
}
