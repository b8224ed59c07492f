/**
 * `/events`: newest first, narrowed down by what the URL holds; the first page goes on by itself.
 *
 * `/events/live` is the part that the first page asks for again and again: what came since, and the rows
 * that were waiting when they were shown and are not any more.
 */
import { Hono } from 'hono'
import type { Child } from 'hono/jsx'
import { ProblemError } from '../../api/problem.ts'
import type { ConsoleContext, ConsoleHono } from '../../api/router.ts'
import { PageHeader } from '../../ui/page-header.tsx'
import { ProblemState } from '../../ui/state.tsx'
import { toFilterProblem } from './filter-problem.ts'
import { createClient, read } from '../client.ts'
import { showPage, showPart } from '../show.tsx'
import { EVENTS_PATH, EventListPart } from './event-list.tsx'
import { parseFilter, toApiFilter, type PageFilter } from './filter.ts'
import { FilterPanel, type Choices } from './filter-panel.tsx'
import { Live, LIVE_PATH, STILL } from './live.tsx'
import { readRefreshed } from './refresh.ts'

const PAGE_EVENTS = '50'
const LIVE_EVENTS = '100'

export const eventsPages = new Hono<ConsoleHono>()

eventsPages.get(EVENTS_PATH, async (c) => {
  const query = new URL(c.req.url).searchParams
  const filter = parseFilter(query)
  const shown = { filter, choices: await readChoices(c) }
  try {
    return await show(c, shown, await readPart(c, filter, query))
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    // What the API does not take, or not from this one, is said below the form that it came from.
    const { problem } = error
    if (problem.status !== 400 && problem.status !== 403) throw error
    return show(c, shown, <ProblemState problem={toFilterProblem(problem)} />, problem.status)
  }
})

eventsPages.get(LIVE_PATH, async (c) => {
  const query = new URL(c.req.url).searchParams
  const filter = parseFilter(query)
  const client = createClient(c)
  const after = query.get('after') ?? ''
  const [live, changed] = await Promise.all([
    read(client.events.live.$get({ query: { ...toApiFilter(filter), after, limit: LIVE_EVENTS } })),
    readRefreshed(client, query.get('waiting') ?? ''),
  ])
  return showPart(
    c,
    <Live
      filter={filter}
      after={live.after}
      more={live.more}
      added={live.items}
      changed={changed}
    />,
  )
})

async function readPart(c: ConsoleContext, filter: PageFilter, asked: URLSearchParams) {
  const cursor = asked.get('cursor')
  const query = {
    ...toApiFilter(filter),
    limit: PAGE_EVENTS,
    ...(cursor === null ? {} : { cursor }),
  }
  const list = await read(createClient(c).events.$get({ query }))
  // Nothing new can be older than a time that is over.
  const isLive = filter.before === undefined && asked.get('live') !== STILL.live
  const after = isLive ? list.live : null
  return <EventListPart filter={filter} list={list} after={after} cursor={cursor} />
}

interface Shown {
  filter: PageFilter
  choices: Choices
}

function show(
  c: ConsoleContext,
  { filter, choices }: Shown,
  content: Child,
  status: 200 | 400 | 403 = 200,
) {
  return showPage(
    c,
    { title: 'Events', section: 'events' },
    <>
      <PageHeader title="Events" lede="Every webhook that came, the newest first." />
      <FilterPanel filter={filter} choices={choices} />
      {content}
    </>,
    status,
  )
}

/** Without a config one can still type: a filter is not worth an error. */
async function readChoices(c: ConsoleContext): Promise<Choices> {
  const active = await c.var.deps.liveConfig.current()
  return {
    endpoints: active?.config.endpoints.map(({ name }) => name) ?? [],
    targets: active?.config.targets.map(({ name }) => name) ?? [],
  }
}
