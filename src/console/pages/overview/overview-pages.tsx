/** `/`: the overview. */
import { Hono } from 'hono'
import type { ConsoleHono } from '../../api/router.ts'
import { createClient, read } from '../client.ts'
import { isPartial, showPage, showPart } from '../show.tsx'
import { OverviewContent, OverviewPage } from './overview.tsx'
import { parseRange } from './words.ts'

export const overviewPages = new Hono<ConsoleHono>()

overviewPages.get('/', async (c) => {
  const query = { range: parseRange(c.req.query('range')) }
  const overview = await read(createClient(c).overview.$get({ query }))
  if (isPartial(c)) return showPart(c, <OverviewContent overview={overview} />)
  return showPage(
    c,
    { title: 'Overview', section: 'overview' },
    <OverviewPage overview={overview} />,
  )
})
