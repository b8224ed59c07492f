/** Everything of the same call or message, in order: what it is, what was said, when. */
import { toKindLabel } from '../../format/kinds.ts'
import { formatDuration } from '../../format/numbers.ts'
import { OutcomeBadge } from '../../ui/badge.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Time } from '../../ui/time.tsx'
import { toEventPath } from '../events/event-rows.tsx'
import type { EventItem, RelatedList } from '../events/shapes.ts'
import { VisibleText } from './visible-text.tsx'

const TONES = { delivered: 'is-good', waiting: 'is-wait', dead: 'is-bad', unmatched: '' } as const

interface ThreadPanelProps {
  event: EventItem
  related: RelatedList
  /** What each of them says, by id. */
  said: ReadonlyMap<string, string>
}

export function ThreadPanel({ event, related, said }: ThreadPanelProps) {
  const { items, isPartial } = related
  const first = items[0]
  const what = toWhat(event.thread)
  return (
    <Panel
      id="thread"
      title={`This ${what}, in order`}
      aside={<a href={`/events?who=${encodeURIComponent(event.thread ?? event.id)}`}>as a list</a>}
    >
      {items.length <= 1 && <p class="quiet">Nothing else of this {what} is in the ledger.</p>}
      {items.length > 1 && first && (
        <ol class="timeline">
          {items.map((item) => (
            <Moment
              item={item}
              said={said.get(item.id) ?? ''}
              isCurrent={item.id === event.id}
              since={first.receivedAt}
            />
          ))}
        </ol>
      )}
      {isPartial && (
        <p class="quiet">There may be more of it, further away in time than was looked.</p>
      )}
    </Panel>
  )
}

interface MomentProps {
  item: EventItem
  said: string
  isCurrent: boolean
  /** When the first one was received. */
  since: string
}

function Moment({ item, said, isCurrent, since }: MomentProps) {
  const { id, kind, receivedAt, outcome, endpoint } = item
  const words = toKindLabel(kind).title
  const laterMs = Date.parse(receivedAt) - Date.parse(since)
  return (
    <li class={TONES[outcome]} {...(isCurrent ? { 'aria-current': 'true' as const } : {})}>
      <p>
        {isCurrent ? <strong>{words}</strong> : <a href={toEventPath(id)}>{words}</a>}{' '}
        <OutcomeBadge outcome={outcome} />
      </p>
      {said !== '' && (
        <p>
          <VisibleText text={said} />
        </p>
      )}
      <p class="quiet">
        {laterMs === 0 ? <Time at={receivedAt} /> : <span>+{formatDuration(laterMs)}</span>}
        {endpoint !== null && <> · {endpoint}</>}
        {isCurrent && ' · this one'}
      </p>
    </li>
  )
}

const WHATS: Readonly<Record<string, string>> = {
  CA: 'call',
  SM: 'message',
  MM: 'message',
  CF: 'conference',
  CH: 'conversation',
  RM: 'room',
  WT: 'task',
  VE: 'verification',
  FX: 'fax',
}

function toWhat(thread: string | null): string {
  return WHATS[thread?.slice(0, 2) ?? ''] ?? 'subject'
}
