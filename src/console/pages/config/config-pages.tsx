/** `/config` and what is below it: what counts, what counted, what differs, and the way back. */
import { Hono } from 'hono'
import { ProblemError } from '../../api/problem.ts'
import type { ConsoleContext, ConsoleHono } from '../../api/router.ts'
import { PageHeader } from '../../ui/page-header.tsx'
import { createClient, read, toParam } from '../client.ts'
import { redirectSaying } from '../flash.ts'
import { readFields } from '../form-fields.ts'
import { isPartial, showPage, showPart } from '../show.tsx'
import { ConfigPage } from './active.tsx'
import { DiffPage } from './difference.tsx'
import { GatewayPart } from './gateway.tsx'
import { RollbackPage } from './rollback.tsx'
import { VersionPage } from './version.tsx'
import { CONFIG_PATH } from './words.ts'

const VERSIONS_SHOWN = '20'
/** For the two lists of the comparison. */
const VERSIONS_CHOICE = '50'
const LIVE = 'live'

export const configPages = new Hono<ConsoleHono>()

configPages.get(CONFIG_PATH, async (c) => {
  const client = createClient(c)
  const cursor = c.req.query('cursor')
  const query = { limit: VERSIONS_SHOWN, ...(cursor === undefined ? {} : { cursor }) }
  const [config, versions] = await Promise.all([
    read(client.config.$get()),
    read(client.config.versions.$get({ query })).catch(toProblem),
  ])
  return show(
    c,
    'Config',
    <ConfigPage config={config} versions={versions} isFirst={cursor === undefined} />,
  )
})

// A question to the gateway takes as long as the gateway likes: the page does not wait for it.
configPages.get(`${CONFIG_PATH}/gateway`, async (c) => {
  const client = createClient(c)
  const [gateway, { version }] = await Promise.all([
    read(client.config.gateway.$get()),
    read(client.config.$get()),
  ])
  const part = <GatewayPart gateway={gateway} version={version} />
  if (isPartial(c)) return showPart(c, part)
  return show(
    c,
    'Gateway',
    <>
      <PageHeader title="What the gateway uses" up={{ href: CONFIG_PATH, label: 'Config' }} />
      {part}
    </>,
  )
})

configPages.get(`${CONFIG_PATH}/versions/:id`, async (c) => {
  const id = c.req.param('id')
  const version = await read(
    createClient(c).config.versions[':id'].$get({ param: toParam({ id }) }),
  )
  return show(c, `Version ${version.publication.version}`, <VersionPage {...version} />)
})

configPages.get(`${CONFIG_PATH}/diff`, async (c) => {
  const client = createClient(c)
  const { from = LIVE, to = LIVE } = c.req.query()
  const [difference, { items }] = await Promise.all([
    read(client.config.diff.$get({ query: { from, to } })),
    read(client.config.versions.$get({ query: { limit: VERSIONS_CHOICE } })),
  ])
  return show(
    c,
    'What differs',
    <DiffPage difference={difference} versions={items} from={from} to={to} />,
  )
})

configPages.get(`${CONFIG_PATH}/rollback`, async (c) => {
  const to = c.req.query('to')
  const query = to === undefined ? {} : { to }
  const plan = await read(createClient(c).config.rollback.$get({ query }))
  return show(c, 'Roll back', <RollbackPage plan={plan} />)
})

configPages.post(`${CONFIG_PATH}/rollback`, async (c) => {
  const field = await readFields(c)
  const message = field('message')
  const json = {
    to: field('to'),
    // Of nothing published, a form can only say nothing.
    expected: field('expected') || null,
    ...(message === '' ? {} : { message }),
  }
  try {
    const { status } = await read(createClient(c).config.rollback.$post({ json }))
    const code = status === 'published' ? 'config.rolled_back' : 'config.same'
    return redirectSaying(c, CONFIG_PATH, code)
  } catch (error) {
    // The plan once more, as it is now, with what stood in the way above it.
    if (!(error instanceof ProblemError) || !isAboutPlan(error.problem)) throw error
    const plan = await read(createClient(c).config.rollback.$get({ query: { to: json.to } }))
    const page = <RollbackPage plan={plan} problem={error.problem} message={message} />
    return show(c, 'Roll back', page, error.problem.status)
  }
})

/** Neither what fails nor who may not: then there is no plan to show again. */
const isAboutPlan = ({ status }: ProblemError['problem']): boolean => status < 500 && status !== 403

type Content = Parameters<typeof showPage>[2]
type Status = Parameters<typeof showPage>[3]

const show = (c: ConsoleContext, title: string, content: Content, status?: Status) =>
  showPage(c, { title, section: 'config' }, content, status)

/** The history is not there when KV is not: the rest of the page is. */
function toProblem(error: unknown): ProblemError['problem'] {
  if (error instanceof ProblemError) return error.problem
  throw error
}
