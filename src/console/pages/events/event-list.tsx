/** The list itself, how far the search came, and what stands there when it is empty. */
import { CopyButton } from '../../ui/copy.tsx'
import { Pager } from '../../ui/pager.tsx'
import { Empty } from '../../ui/state.tsx'
import { Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { COLUMNS, EventRow, ROWS_ID } from './event-rows.tsx'
import { isSet, toUrl, type PageFilter } from './filter.ts'
import { Live, LiveNotes } from './live.tsx'
import type { EventList } from './shapes.ts'

export const EVENTS_PATH = '/events'

interface EventListProps {
  filter: PageFilter
  list: EventList
  /** Null: this is not the first page. */
  after: string | null
  /** Of the page before; null: this is the first one. */
  cursor: string | null
}

export function EventListPart({ filter, list, after, cursor }: EventListProps) {
  const { items, next, searchedTo } = list
  const isEmpty = items.length === 0
  const first = toUrl(EVENTS_PATH, filter)
  const older = next === null ? null : toUrl(EVENTS_PATH, filter, { cursor: next })
  return (
    <div class="stack">
      {cursor === null && <LiveNotes filter={filter} isLive={after !== null} />}
      <div data-live-list hidden={isEmpty}>
        <Table caption="Events, newest first" columns={COLUMNS} bodyId={ROWS_ID}>
          {items.map((event) => (
            <EventRow event={event} />
          ))}
        </Table>
      </div>
      {isEmpty && (
        <div data-live-empty>
          <Nothing filter={filter} older={older} searchedTo={searchedTo} />
        </div>
      )}
      {!isEmpty && older !== null && searchedTo !== null && isSet(filter) && (
        <p class="quiet">
          Searched back to <Time at={searchedTo} />.
        </p>
      )}
      {(!isEmpty || cursor !== null) && (
        <Pager label="Events" first={cursor === null ? null : first} next={older} />
      )}
      {after !== null && <Live filter={filter} after={after} />}
    </div>
  )
}

interface NothingProps {
  filter: PageFilter
  older: string | null
  searchedTo: string | null
}

function Nothing({ filter, older, searchedTo }: NothingProps) {
  if (older !== null) {
    return (
      <Empty
        title="Nothing found so far"
        hint={
          <>
            {searchedTo === null ? 'A part of the events has been' : 'Everything was'} searched
            {searchedTo !== null && (
              <>
                {' back to '}
                <Time at={searchedTo} />
              </>
            )}
            . Older events have not been looked at. A time in the filter makes it faster.
          </>
        }
      >
        <a class="button is-main" href={older}>
          Search further back
        </a>
        <a class="button" href={EVENTS_PATH}>
          Clear the filter
        </a>
      </Empty>
    )
  }
  if (!isSet(filter)) return <NothingEver />
  return (
    <Empty title="No event matches this filter" hint="All that the ledger has was searched.">
      <a class="button is-main" href={EVENTS_PATH}>
        Clear the filter
      </a>
    </Empty>
  )
}

const TRIGGER = 'npm run switchboard -- trigger messaging.inbound --to http://127.0.0.1:8787/sms'

function NothingEver() {
  return (
    <Empty
      title="No event has come yet"
      hint="Point a Twilio number at one of your endpoints, or send yourself a webhook:"
    >
      <pre class="command">
        <code>{TRIGGER}</code>
      </pre>
      <CopyButton text={TRIGGER} what="the command" />
    </Empty>
  )
}
