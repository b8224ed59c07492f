/** `/access`: who is looking, the tokens of programs, and who changed what. */
import { Hono } from 'hono'
import { ProblemError } from '../../api/problem.ts'
import type { ConsoleContext, ConsoleHono } from '../../api/router.ts'
import { createClient, read, toParam } from '../client.ts'
import { redirectSaying } from '../flash.ts'
import { readFields } from '../form-fields.ts'
import { showPage } from '../show.tsx'
import { AccessPage } from './access.tsx'
import { AuditPage } from './audit.tsx'
import { MadePage } from './made.tsx'
import type { RefusedForm } from './tokens.tsx'
import { ACCESS_PATH, AUDIT_PATH, toExpiry, TOKENS_PATH, type Token } from './words.ts'

const AUDIT_SHOWN = '15'
const AUDIT_PAGE = '50'

export const accessPages = new Hono<ConsoleHono>()

accessPages.get(ACCESS_PATH, (c) => showAccess(c))

// The answer has the token in it, this once: it is no redirect, since nothing may keep it.
accessPages.post(TOKENS_PATH, async (c) => {
  const field = await readFields(c)
  const form = { name: field('name'), role: field('role'), expires: field('expires') }
  const role = form.role === 'operator' ? ('operator' as const) : ('viewer' as const)
  const expiresAt = toExpiry(form.expires, c.var.deps.now())
  try {
    const json = { name: form.name, role, expiresAt }
    const made = await read(createClient(c).tokens.$post({ json }))
    return await showPage(c, { title: 'Token', section: 'access' }, <MadePage made={made} />, 201)
  } catch (error) {
    if (!(error instanceof ProblemError) || error.problem.status !== 400) throw error
    return showAccess(c, { ...form, problem: error.problem })
  }
})

accessPages.post(`${TOKENS_PATH}/:id/revoke`, async (c) => {
  await read(createClient(c).tokens[':id'].$delete({ param: toParam({ id: c.req.param('id') }) }))
  return redirectSaying(c, ACCESS_PATH, 'token.revoked')
})

accessPages.get(AUDIT_PATH, async (c) => {
  const { actor = '', action = '', subject = '', cursor } = c.req.query()
  const filter = Object.entries({ actor, action, subject }).filter(([, value]) => value !== '')
  const query = {
    ...Object.fromEntries(filter),
    limit: AUDIT_PAGE,
    ...(cursor === undefined ? {} : { cursor }),
  }
  const page = await read(createClient(c).audit.$get({ query }))
  return showPage(
    c,
    { title: 'Changes', section: 'access' },
    <AuditPage page={page} filter={{ actor, action, subject }} isFirst={cursor === undefined} />,
  )
})

/** @param form as it was sent, when it was not taken */
async function showAccess(c: ConsoleContext, form?: RefusedForm): Promise<Response> {
  const { identity } = c.var
  const isOperator = identity.role === 'operator'
  const client = createClient(c)
  const [tokens, audit] = isOperator
    ? await Promise.all([readTokens(c), read(client.audit.$get({ query: { limit: AUDIT_SHOWN } }))])
    : [null, null]
  return showPage(
    c,
    { title: 'Access', section: 'access' },
    <AccessPage
      identity={identity}
      tokens={tokens}
      audit={audit?.items ?? null}
      {...(form && { form })}
    />,
    form?.problem.status ?? 200,
  )
}

const TOKENS_READ = '100'
const MAX_PAGES = 5

/** All of them, in practice: people have a few. */
async function readTokens(c: ConsoleContext): Promise<Token[]> {
  const client = createClient(c)
  const all: Token[] = []
  let cursor: string | null = null
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const query: { limit: string; cursor?: string } = { limit: TOKENS_READ }
    if (cursor !== null) query.cursor = cursor
    const { items, next } = await read(client.tokens.$get({ query }))
    all.push(...items)
    cursor = next
    if (cursor === null) break
  }
  return all
}
