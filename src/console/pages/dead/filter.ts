/** Which of the dead deliveries are meant: as the URL and the forms hold it. */
import { toFieldTime } from '../events/filter.ts'

const NAMES = ['target', 'reason', 'from', 'before'] as const

export type DeadFilterName = (typeof NAMES)[number]

/** Only what is set. */
export type DeadPageFilter = Readonly<Partial<Record<DeadFilterName, string>>>

export function parseDeadFilter(get: (name: string) => string | undefined): DeadPageFilter {
  const set = NAMES.map((name) => [name, get(name)?.trim() ?? ''] as const)
  return Object.fromEntries(set.filter(([, value]) => value !== ''))
}

/** Times as the API wants them; what is none stays, for the API to say so. */
export function toApiDeadFilter({ from, before, ...same }: DeadPageFilter): DeadPageFilter {
  return {
    ...same,
    ...(from === undefined ? {} : { from: toInstant(from) }),
    ...(before === undefined ? {} : { before: toInstant(before) }),
  }
}

const toInstant = (text: string): string => {
  const time = toFieldTime(text)
  return time === '' || text.endsWith('Z') ? text : `${time}:00Z`
}

export function toDeadUrl(path: string, filter: DeadPageFilter): string {
  const query = new URLSearchParams({ ...filter }).toString()
  return query === '' ? path : `${path}?${query}`
}

type Described = Partial<Record<DeadFilterName, string | undefined>> & {
  eventIds?: readonly string[] | undefined
}

/** In words, for whoever has to say yes to it. */
export function toFilterWords({ target, reason, from, before, eventIds }: Described): string[] {
  return [
    ...(eventIds === undefined ? [] : [`${eventIds.length} events that were named`]),
    target === undefined
      ? 'for any target'
      : `for ${target === '*' ? 'targets that are not known' : target}`,
    ...(reason === undefined ? [] : [`with the reason ${reason}`]),
    ...(from === undefined ? [] : [`received from ${from}`]),
    ...(before === undefined ? [] : [`received before ${before}`]),
  ]
}
