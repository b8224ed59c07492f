/** What the stream brings, as one line for a person. Pure. */
import type { Paint, Style } from '../dev/log-line.ts'
import { toClock } from '../dev/log-line.ts'
import { show, toOutcomeWords, toParties, toPlace, type EventItem } from './event-words.ts'
import type { News } from './known-events.ts'

export interface LineContext {
  at: Date
  paint: Paint
}

const STYLES: Readonly<Record<EventItem['outcome'], Style>> = {
  delivered: 'green',
  waiting: 'yellow',
  dead: 'red',
  unmatched: 'dim',
}

/** Of an event the time at which it came; of what became of it, the time of now. */
export function toNewsLine(news: News, { at, paint }: LineContext): string {
  const { event } = news
  const isNew = news.type === 'event'
  const time = isNew ? new Date(event.receivedAt) : at
  const outcome = paint(STYLES[event.outcome], toOutcomeWords(event))
  const parts = [
    toClock({ at: time, paint }),
    ...toWhat(event),
    isNew ? outcome : `${news.before} → ${outcome}`,
    paint('dim', show(event.id, 80)),
  ]
  return parts.filter((part) => part !== '').join('  ')
}

/** Where it came in, what it is, from whom to whom. */
export function toWhat(event: EventItem): string[] {
  const { kind } = event
  return [toPlace(event) ?? '-', kind === null ? 'unreadable' : show(kind), toParties(event)]
}

/** One JSON object: `event` whole, `outcome` as the stream says it. */
export function toNewsJson(news: News): string {
  const { event } = news
  if (news.type === 'event') return JSON.stringify({ type: 'event', event })
  const { id, outcome, deliveries } = event
  return JSON.stringify({ type: 'outcome', id, before: news.before, outcome, deliveries })
}
