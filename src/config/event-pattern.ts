/** The patterns under which a target names the kinds of events that it wants. */
import { isOwnKind, OWN_KIND_NAMES, OWN_PREFIX } from '../events/own-kinds.ts'
import { ok } from '../result.ts'
import { KIND_NAMES } from '../twilio/kinds.ts'
import type { CompiledTarget } from './compiled.ts'
import { suggest } from './did-you-mean.ts'
import { at, type Report } from './problem.ts'
import { complain, field } from './read-object.ts'
import { toKindMatcher } from './targets.ts'

/** What an event can be: a row of the table, what no row matched, Switchboard's own. */
const ALL_KINDS: readonly string[] = [...KIND_NAMES, 'unknown', ...OWN_KIND_NAMES]

export const eventPattern = field("a pattern such as 'messaging.*'", (text) => {
  if (ALL_KINDS.some(toKindMatcher(text))) return ok(text)
  const otherwise = text.startsWith('switchboard')
    ? `write '${OWN_PREFIX}*', or one of ${OWN_KIND_NAMES.join(', ')}`
    : "use a kind's name, with * as a wildcard; '*' is every kind"
  const fix = suggest(text, ALL_KINDS, otherwise)
  return complain('unknown_event', `"${text}" matches no kind of webhook`, fix)
})

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
