/**
 * `/dead`: what will not be delivered by itself, grouped; and the way to send it again: a plan, a yes, a
 * job that one can watch and cancel.
 */
import { Hono } from 'hono'
import { ProblemError } from '../../api/problem.ts'
import type { ConsoleHono } from '../../api/router.ts'
import { PageHeader } from '../../ui/page-header.tsx'
import { createClient, read, toParam } from '../client.ts'
import { redirectSaying } from '../flash.ts'
import { readFields } from '../form-fields.ts'
import { showPage, showPart } from '../show.tsx'
import { DEAD_PATH, Overview, Refused } from './overview.tsx'
import { parseDeadFilter, toApiDeadFilter } from './filter.ts'
import { PLAN_PATH } from './groups.tsx'
import { JobPart, toJobPath } from './jobs.tsx'
import { Plan } from './plan.tsx'

const SOME_EVENTS = '5'
const LAYOUT = { title: 'Dead', section: 'dead' } as const

export const deadPages = new Hono<ConsoleHono>()

deadPages.get(DEAD_PATH, async (c) => {
  const client = createClient(c)
  const filter = parseDeadFilter((name) => c.req.query(name))
  const { items: jobs } = await read(client.replays.$get())
  try {
    const dead = await read(client.dead.$get({ query: toApiDeadFilter(filter) }))
    return await showPage(c, LAYOUT, <Overview filter={filter} dead={dead} jobs={jobs} />)
  } catch (error) {
    if (!(error instanceof ProblemError) || error.problem.status !== 400) throw error
    return showPage(c, LAYOUT, <Refused filter={filter} problem={error.problem} />, 400)
  }
})

deadPages.get(PLAN_PATH, async (c) => {
  const client = createClient(c)
  const shown = parseDeadFilter((name) => c.req.query(name))
  const filter = toApiDeadFilter(shown)
  const [plan, { items }] = await Promise.all([
    read(client.replays.plan.$post({ json: { filter } })),
    read(client.dead.events.$get({ query: { ...filter, limit: SOME_EVENTS } })),
  ])
  return showPage(
    c,
    { ...LAYOUT, title: 'Replay what is dead' },
    <>
      <PageHeader title="Replay what is dead" up={{ href: DEAD_PATH, label: 'Dead' }} />
      <Plan filter={shown} plan={plan} some={items} />
    </>,
  )
})

deadPages.post('/dead/replays', async (c) => {
  const field = await readFields(c)
  const id = field('replay')
  const filter = toApiDeadFilter(parseDeadFilter(field))
  await read(createClient(c).replays[':id'].$put({ param: toParam({ id }), json: { filter } }))
  return redirectSaying(c, toJobPath(id), 'replay.started')
})

deadPages.get('/dead/replays/:id', async (c) => {
  const watched = await read(
    createClient(c).replays[':id'].$get({ param: toParam({ id: c.req.param('id') }) }),
  )
  return showPage(
    c,
    { ...LAYOUT, title: 'Replay' },
    <>
      <PageHeader
        title="Replay of what was dead"
        up={{ href: DEAD_PATH, label: 'Dead' }}
        lede={<code>{watched.job.id}</code>}
      />
      <JobPart {...watched} />
    </>,
  )
})

deadPages.get('/dead/replays/:id/progress', async (c) => {
  const param = { id: c.req.param('id') }
  const watched = await read(createClient(c).replays[':id'].$get({ param }))
  return showPart(c, <JobPart {...watched} />)
})

deadPages.post('/dead/replays/:id/cancel', async (c) => {
  const id = c.req.param('id')
  await read(createClient(c).replays[':id'].cancel.$post({ param: toParam({ id }) }))
  return redirectSaying(c, toJobPath(id), 'replay.cancelled')
})
