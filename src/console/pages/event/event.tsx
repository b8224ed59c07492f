/**
 * `/events/<id>`: one event with all that is known about it, and the ways to take it along or send it
 * again. Its deliveries are a part of their own, which asks for itself until nothing waits any more.
 */
import { Hono } from 'hono'
import type { ConsoleContext, ConsoleHono } from '../../api/router.ts'
import { toKindLabel } from '../../format/kinds.ts'
import { createClient, read, toParam } from '../client.ts'
import type { EventDetail, RelatedList } from '../events/shapes.ts'
import { toEventPath } from '../events/event-rows.tsx'
import { redirectSaying } from '../flash.ts'
import { readFields } from '../form-fields.ts'
import { showPage, showPart } from '../show.tsx'
import { toCopies } from './copies.ts'
import { CopiesPanel } from './copies-panel.tsx'
import { DeliveriesPanel } from './deliveries-panel.tsx'
import { EventHeader, FactsPanel } from './header.tsx'
import { isPart, type Part } from './parts.ts'
import { ALL_TARGETS } from './replay-form.tsx'
import { ReplyPanel } from './reply-panel.tsx'
import { readSaid } from './said.ts'
import { SentPanel, toRaw } from './sent-panel.tsx'
import { readSurroundings, type Surroundings } from './surroundings.ts'
import { ThreadPanel } from './thread-panel.tsx'

export const eventPages = new Hono<ConsoleHono>()

eventPages.get('/events/:id', async (c) => {
  const client = createClient(c)
  const param = { id: c.req.param('id') }
  const [detail, related, around] = await Promise.all([
    read(client.events[':id'].$get({ param })),
    read(client.events[':id'].related.$get({ param })),
    readSurroundings(client),
  ])
  const said = await readSaid(client, related.items, detail)
  const shown = { detail, related, said, around, expected: readExpected(c) }
  const { title } = toKindLabel(detail.event.kind)
  return showPage(c, { title, section: 'events' }, <EventContent {...shown} />)
})

interface EventContentProps {
  detail: EventDetail
  related: RelatedList
  said: ReadonlyMap<string, string>
  around: Surroundings
  expected: string | null
}

function EventContent({ detail, related, said, around, expected }: EventContentProps) {
  const { event, stored } = detail
  const { targets, toEndpointUrl } = around
  const message = 'message' in stored ? stored.message : null
  return (
    <>
      <EventHeader detail={detail} targets={[...targets.keys()]} />
      <div class="columns">
        <div class="stack">
          <DeliveriesPanel detail={detail} targets={targets} expected={expected} />
          {event.thread !== null && <ThreadPanel event={event} related={related} said={said} />}
        </div>
        <FactsPanel detail={detail} />
      </div>
      <ReplyPanel detail={detail} />
      <SentPanel detail={detail} />
      {message && (
        <CopiesPanel id={event.id} copies={toCopies(message, toEndpointUrl(event.endpoint))} />
      )}
    </>
  )
}

eventPages.get('/events/:id/deliveries', async (c) => {
  const client = createClient(c)
  const [detail, { targets }] = await Promise.all([
    read(client.events[':id'].$get({ param: toParam({ id: c.req.param('id') }) })),
    readSurroundings(client),
  ])
  return showPart(
    c,
    <DeliveriesPanel detail={detail} targets={targets} expected={readExpected(c)} />,
  )
})

/** A replay that this page was redirected to after it was asked for. */
function readExpected(c: ConsoleContext): string | null {
  return c.req.query('replay') ?? null
}

eventPages.get('/events/:id/parts/:part', async (c) => {
  const part = c.req.param('part')
  if (!isPart(part)) return c.notFound()
  const client = createClient(c)
  const detail = await read(
    client.events[':id'].$get({ param: toParam({ id: c.req.param('id') }) }),
  )
  const text = toPartText(part, detail, await readSurroundings(client))
  // Never taken for anything else: it holds what strangers sent.
  return text === null
    ? c.notFound()
    : c.text(text, 200, { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
})

function toPartText(part: Part, detail: EventDetail, around: Surroundings): string | null {
  const { stored, event, reply } = detail
  if (part === 'reply') return reply?.body ?? null
  if (stored.state === 'unreadable') return part === 'request' ? stored.text : null
  if (!('message' in stored)) return null
  if (part === 'request') return toRaw(stored.message.request)
  const copies = toCopies(stored.message, around.toEndpointUrl(event.endpoint))
  if (part === 'event') return copies.event
  return copies[part]?.command ?? null
}

eventPages.post('/events/:id/replays', async (c) => {
  const id = c.req.param('id')
  const field = await readFields(c)
  const replay = field('replay')
  const target = field('target')
  const targets = target === '' || target === ALL_TARGETS ? [] : [target]
  await read(
    createClient(c).events[':id'].replays.$post({
      param: toParam({ id }),
      json: { id: replay, targets },
    }),
  )
  const path = `${toEventPath(id)}?replay=${encodeURIComponent(replay)}`
  return redirectSaying(c, path, 'replay.sent')
})
