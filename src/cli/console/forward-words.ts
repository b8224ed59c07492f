/** What the app on this machine made of an event, as a line for a person or for a script. Pure. */
import { formatDuration } from '../../console/format/numbers.ts'
import type { Style } from '../dev/log-line.ts'
import { toClock } from '../dev/log-line.ts'
import { show } from './event-words.ts'
import type { Forwarded } from './forward.ts'
import { toWhat, type LineContext } from './news-line.ts'

const STYLES: Readonly<Record<Forwarded['verdict'], Style>> = {
  delivered: 'green',
  refused: 'red',
  skipped: 'yellow',
}

const MAX_EXCERPT_CHARS = 160

export function toForwardLine(forwarded: Forwarded, { at, paint }: LineContext): string {
  const { event, verdict, status, tookMs, isRedacted } = forwarded
  const answer = status === null ? verdict : String(status)
  const parts = [
    toClock({ at, paint }),
    ...toWhat(event),
    paint(STYLES[verdict], answer),
    tookMs === null ? '' : formatDuration(tookMs),
    isRedacted ? 'with hashes for what is redacted' : '',
    paint('dim', show(event.id, 80)),
  ]
  const why = toWhy(forwarded)
  return parts.filter((part) => part !== '').join('  ') + (why === '' ? '' : `\n          ${why}`)
}

/** Of a failing app the first line of what it answered; of others what is known. */
function toWhy({ verdict, status, reason, excerpt }: Forwarded): string {
  if (verdict === 'delivered') return ''
  const [line = ''] = excerpt.trimStart().split(/[\r\n]/, 1)
  if (line !== '') return show(line, MAX_EXCERPT_CHARS)
  return status === null && reason !== null ? show(reason, MAX_EXCERPT_CHARS) : ''
}

export function toForwardJson(forwarded: Forwarded): string {
  const { event, tookMs, ...rest } = forwarded
  const rounded = tookMs === null ? null : Math.round(tookMs)
  return JSON.stringify({ type: 'forward', event, ...rest, tookMs: rounded })
}

export type Counts = Record<Forwarded['verdict'], number>

/** `left`: what was taken and not worked off when it ended. */
export function toCountsText({ delivered, refused, skipped }: Counts, left: number): string {
  const total = delivered + refused + skipped
  const parts = [
    `${delivered} taken`,
    ...(refused > 0 ? [`${refused} refused`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ...(left > 0 ? [`${left} left over`] : []),
  ]
  return `${total} ${total === 1 ? 'event' : 'events'} forwarded: ${parts.join(', ')}.`
}
