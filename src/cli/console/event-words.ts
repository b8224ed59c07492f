/**
 * An event in words, for a terminal. Pure. What comes from outside is shown so that it cannot move the
 * cursor, hide itself or turn the text around it (src/console/format/visible.ts).
 */
import type { z } from 'zod'
import type * as schemas from '../../console/api/event-schemas.ts'
import { toVisible } from '../../console/format/visible.ts'

export type EventItem = z.infer<typeof schemas.EventItem>
export type EventDetail = z.infer<typeof schemas.EventDetail>
export type Stored = z.infer<typeof schemas.Stored>
export type Delivery = EventItem['deliveries'][number]

const MAX_CHARS = 60

/** In one line. */
export function show(text: string, maxChars = MAX_CHARS): string {
  const { text: shown, more } = toVisible(text, maxChars)
  return shown.replaceAll('\n', '␊').replaceAll('\t', '␉') + (more === null ? '' : '…')
}

export const showOrNull = (text: string | null): string | null =>
  text === null ? null : show(text)

/** `2026-11-20T10:00:00Z`: seconds are enough for a table. */
export const toSeconds = (instant: string): string => instant.replace(/\.\d+Z$/, 'Z')

export function toParties({ from, to }: Pick<EventItem, 'from' | 'to'>): string {
  if (from === null && to === null) return ''
  return `${from === null ? '?' : show(from)} → ${to === null ? '?' : show(to)}`
}

/** Where it came in; of what has another source, that one. */
export const toPlace = ({ endpoint, source }: EventItem): string | null =>
  showOrNull(endpoint ?? source)

/** `delivered`, `waiting for crm`, `dead for crm, erp`, and what else is not delivered. */
export function toOutcomeWords({
  outcome,
  deliveries,
}: Pick<EventItem, 'outcome' | 'deliveries'>): string {
  const dead = namesOf(deliveries, 'dead')
  const waiting = namesOf(deliveries, 'waiting')
  const parts = [
    ...(dead === '' ? [] : [`dead for ${dead}`]),
    ...(waiting === '' ? [] : [`waiting for ${waiting}`]),
  ]
  return parts.length === 0 ? outcome : parts.join(', ')
}

const namesOf = (deliveries: readonly Delivery[], status: Delivery['status']): string =>
  deliveries
    .filter((one) => one.status === status)
    .map(({ target }) => (target === '*' ? 'nobody knows whom' : show(target)))
    .join(', ')
