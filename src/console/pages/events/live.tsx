/**
 * The part of the list that asks for what is new: it takes its own place with each answer, and brings the
 * new rows along. The script decides whether they show at once (assets/console.client.js).
 */
import { FreshRows, ROWS_ID } from './event-rows.tsx'
import { toUrl, type PageFilter } from './filter.ts'
import type { EventItem } from './shapes.ts'

export const LIVE_PATH = '/events/live'

interface LiveProps {
  filter: PageFilter
  /** Where the next answer begins. */
  after: string
  /** There is more right now. */
  more?: boolean
  added?: readonly EventItem[]
  changed?: readonly EventItem[]
}

export function Live({ filter, after, more = false, added = [], changed = [] }: LiveProps) {
  return (
    <>
      <div
        data-live={ROWS_ID}
        hx-get={toUrl(LIVE_PATH, filter, { after })}
        hx-trigger={more ? 'load delay:200ms, wake' : 'every 2s, wake'}
        hx-swap="outerHTML"
        hidden
      />
      <FreshRows added={added} changed={changed} />
    </>
  )
}

interface LiveNotesProps {
  filter: PageFilter
  isLive: boolean
}

/**
 * Whether it goes on by itself, and the way to stop that; what the script shows when new rows wait, or when
 * there are too many of them for a page.
 */
export function LiveNotes({ filter, isLive }: LiveNotesProps) {
  const first = toUrl('/events', filter)
  return (
    <div class="live-notes">
      {isLive ? (
        <>
          <span class="live-mark">Live</span>
          <a class="quiet" href={toUrl('/events', filter, STILL)}>
            Stop<span class="unseen"> the updates of this list</span>
          </a>
          <a class="without-script" href={first}>
            Look for new ones
          </a>
        </>
      ) : (
        <a href={first}>Back to the live list</a>
      )}
      <button type="button" class="is-small is-main" data-live-held hidden />
      <a class="button is-small" href={first} data-live-full hidden>
        The page is full: start again with the newest
      </a>
    </div>
  )
}

/** In the URL of a list that stays as it is. */
export const STILL = { live: 'off' }
