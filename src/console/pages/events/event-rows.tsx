/** Events as rows of a table: in the list, and what is put into it while it is live. */
import { toKindLabel } from '../../format/kinds.ts'
import { OutcomeBadge } from '../../ui/badge.tsx'
import { Cell } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { toShown, VisibleText } from '../event/visible-text.tsx'
import { Parties } from './parties.tsx'
import type { EventItem } from './shapes.ts'

export const ROWS_ID = 'event-rows'

export const toEventPath = (id: string): string => `/events/${encodeURIComponent(id)}`

interface EventRowProps {
  event: EventItem
  /** It takes the place of the row that is there. */
  isUpdate?: boolean
}

export function EventRow({ event, isUpdate = false }: EventRowProps) {
  const { id, kind, endpoint, outcome, receivedAt, tookMs } = event
  return (
    <tr role="row" id={`row-${id}`} {...(isUpdate ? { 'hx-swap-oob': 'true' } : {})}>
      <Cell label="When" class="tight">
        <Time at={receivedAt} />
      </Cell>
      <Cell isHead class="event-what">
        <a
          href={toEventPath(id)}
          id={`open-${id}`}
          data-row
          {...(outcome === 'waiting' ? { 'data-waiting': id } : {})}
        >
          {toKindLabel(kind).title}
        </a>
        <span class="event-note">{[endpoint, kind].filter(Boolean).join(' · ')}</span>
      </Cell>
      <Cell label="From, to">
        <Parties from={event.from} to={event.to} />
      </Cell>
      <Cell label="About" class="minor">
        <About event={event} />
      </Cell>
      <Cell label="Outcome">
        <OutcomeBadge outcome={outcome} />
        <span class="event-note">{toDeliveryNote(event)}</span>
      </Cell>
      <Cell label="Answered" align="end" class="minor">
        {tookMs === null ? '' : `${tookMs} ms`}
      </Cell>
    </tr>
  )
}

export const COLUMNS = [
  { label: 'When' },
  { label: 'What' },
  { label: 'From, to' },
  { label: 'About' },
  { label: 'Outcome' },
  { label: 'Answered', align: 'end' as const },
]

/** What tells one from another is at the end of a SID. */
function About({ event: { subject, id } }: { event: EventItem }) {
  const text = subject ?? id
  const short = text.length > 18 ? `${text.slice(0, 6)}…${text.slice(-8)}` : text
  return (
    <code title={toShown(text)}>
      <VisibleText text={short} />
    </code>
  )
}

/** Who got it; or who did not, and how often that was tried. */
function toDeliveryNote({ deliveries, replays, outcome }: EventItem): string {
  const named = deliveries
    .filter(({ status }) => outcome === 'delivered' || status !== 'delivered')
    .map(({ target, attempts, status }) => {
      const name = target === '*' ? 'nobody knows to whom' : target
      return status === 'delivered' || attempts === 0 ? name : `${name}, tried ${attempts}×`
    })
  return [...named, ...(replays > 0 ? ['replayed'] : [])].join(' · ')
}

interface FreshRowsProps {
  /** Oldest first. */
  added: readonly EventItem[]
  changed: readonly EventItem[]
}

/** For htmx, out of band. A row needs a template around it: by itself a browser does not parse one. */
export function FreshRows({ added, changed }: FreshRowsProps) {
  return (
    <>
      {added.length > 0 && (
        <template>
          <tbody hx-swap-oob={`afterbegin:#${ROWS_ID}`}>
            {added.toReversed().map((event) => (
              <EventRow event={event} />
            ))}
          </tbody>
        </template>
      )}
      {changed.map((event) => (
        <template>
          <EventRow event={event} isUpdate />
        </template>
      ))}
    </>
  )
}
