/** `/targets` and a page for each: how they fare, pause, resume, a test event. */
import { Hono } from 'hono'
import { ProblemError, type ProblemInit } from '../../api/problem.ts'
import type { ConsoleContext, ConsoleHono } from '../../api/router.ts'
import { createClient, read, toParam } from '../client.ts'
import { redirectSaying } from '../flash.ts'
import { readFields } from '../form-fields.ts'
import { showPage } from '../show.tsx'
import { createTestId } from './test-id.ts'
import { TargetPage } from './target.tsx'
import { TargetsPage } from './targets.tsx'
import { TARGETS_PATH, toTargetPath } from './words.ts'

const ONE = `${TARGETS_PATH}/:name`

export const targetPages = new Hono<ConsoleHono>()

targetPages.get(TARGETS_PATH, async (c) => {
  const { items } = await read(createClient(c).targets.$get())
  return showPage(c, { title: 'Targets', section: 'targets' }, <TargetsPage targets={items} />)
})

targetPages.get(ONE, (c) => showTarget(c, c.req.param('name')))

targetPages.post(`${ONE}/pause`, async (c) => {
  const name = c.req.param('name')
  const field = await readFields(c)
  const reason = field('reason')
  try {
    const order = { param: toParam({ name }), json: { reason } }
    const { changed } = await read(createClient(c).targets[':name'].pause.$post(order))
    const code = changed ? 'target.paused' : 'target.already_paused'
    return redirectSaying(c, toTargetPath(name), code)
  } catch (error) {
    if (!(error instanceof ProblemError) || error.problem.status !== 400) throw error
    return showTarget(c, name, { reason, problem: error.problem })
  }
})

targetPages.post(`${ONE}/resume`, async (c) => {
  const name = c.req.param('name')
  const { changed } = await read(
    createClient(c).targets[':name'].resume.$post({ param: toParam({ name }) }),
  )
  return redirectSaying(c, toTargetPath(name), changed ? 'target.resumed' : 'target.not_paused')
})

targetPages.post(`${ONE}/test`, async (c) => {
  const name = c.req.param('name')
  const field = await readFields(c)
  const order = { param: toParam({ name }), json: { id: field('id') } }
  await read(createClient(c).targets[':name'].test.$post(order))
  return redirectSaying(c, toTargetPath(name), 'target.tested')
})

/** @param pause as it was asked for, when it was not taken */
async function showTarget(
  c: ConsoleContext,
  name: string,
  pause?: { reason: string; problem: ProblemInit },
): Promise<Response> {
  const target = await read(createClient(c).targets[':name'].$get({ param: toParam({ name }) }))
  return showPage(
    c,
    { title: name, section: 'targets' },
    <TargetPage target={target} testId={createTestId()} pause={pause} />,
    pause?.problem.status ?? 200,
  )
}
