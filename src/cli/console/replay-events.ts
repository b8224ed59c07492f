/**
 * Sends single events again, under one replay id. All of them are looked up first: for an id that is wrong
 * nothing is sent.
 */
import { toReason, WorkError } from '../terminal/errors.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { read, type ApiClient } from './client.ts'
import { show, toOutcomeWords, type EventItem } from './event-words.ts'
import { createReplayId } from './replay-id.ts'

export interface EventsOrder {
  ids: readonly string[]
  /** None: all that match now. */
  targets: string[]
  /** Undefined: a new one. */
  id: string | undefined
  dryRun: boolean
}

export async function replayEvents(
  terminal: Terminal,
  api: ApiClient,
  { ids, targets, id = createReplayId(), dryRun }: EventsOrder,
): Promise<void> {
  const events: EventItem[] = []
  for (const each of new Set(ids)) {
    const param = { id: encodeURIComponent(each) }
    events.push((await read(api.events[':id'].$get({ param }))).event)
  }
  const list = events.map((event) => `  ${toLine(event)}`)
  const to = targets.length === 0 ? 'every target that wants it now' : targets.join(', ')
  const data = { dryRun, replay: id, targets, events: events.map((event) => event.id) }
  if (dryRun) {
    const title = `Would be sent again, to ${to}:`
    return terminal.result(data, [title, ...list, 'Nothing was sent: --dry-run.'].join('\n'))
  }
  for (const [sent, event] of events.entries()) {
    await send(api, { event, targets, id, sent, count: events.length })
  }
  const title = `On the way again as ${id}, to ${to}:`
  const next = `"switchboard events show ${show(events[0]?.id ?? '', 80)}" tells what became of it.`
  terminal.result(data, [title, ...list, next].join('\n'))
}

interface Sending {
  event: EventItem
  targets: string[]
  id: string
  sent: number
  count: number
}

async function send(api: ApiClient, { event, targets, id, sent, count }: Sending): Promise<void> {
  const param = { id: encodeURIComponent(event.id) }
  try {
    await read(api.events[':id'].replays.$post({ param, json: { id, targets } }))
  } catch (error) {
    if (sent === 0) throw error
    throw new WorkError(`${sent} of ${count} were sent, then: ${toReason(error)}`, {
      code: 'replay_incomplete',
      next: `Run the same with --as ${id}: what was sent is not sent twice.`,
    })
  }
}

const toLine = (event: EventItem): string =>
  [
    show(event.id, 80),
    event.kind === null ? 'unreadable' : show(event.kind),
    toOutcomeWords(event),
  ].join('  ')
