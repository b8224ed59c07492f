/**
 * What a page says when it cannot be shown: the API's problem in its words, and the way on. Within a page
 * that is there already, only the words.
 */
import { ProblemError, type ProblemInit } from '../api/problem.ts'
import type { ConsoleContext } from '../api/router.ts'
import { toFault } from '../../log.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { ProblemState } from '../ui/state.tsx'
import { isPartial, showPage, showPart } from './show.tsx'

type Page = Response | Promise<Response>

export function showNotFound(c: ConsoleContext): Page {
  return showProblem(c, {
    status: 404,
    code: 'page_unknown',
    title: 'There is no such page.',
    detail: 'It may have been moved, or the address is not whole.',
  })
}

/** For `onError` of the pages. */
export function showError(error: Error, c: ConsoleContext): Page {
  if (error instanceof ProblemError) return showProblem(c, error.problem)
  // By its class and place only: a message may quote what somebody searched for.
  c.var.deps.log({ event: 'console.failed', code: 'defect', ...toFault(error) })
  return showProblem(c, {
    status: 500,
    code: 'defect',
    title: 'This page has failed.',
    detail:
      'Webhooks and deliveries go on without it. The Worker\'s log says where: "console.failed".',
  })
}

export async function showProblem(c: ConsoleContext, problem: ProblemInit): Promise<Response> {
  for (const [name, value] of Object.entries(problem.headers ?? {})) c.header(name, value)
  // htmx swaps in nothing that failed: what was there stays, and the script says why.
  if (isPartial(c)) return showPart(c, <ProblemState problem={problem} />, problem.status)
  const { status, title, detail, errors } = problem
  return showPage(
    c,
    { title, section: null },
    <>
      <p class="status-code">{status}</p>
      <PageHeader title={title} lede={detail} />
      {errors && errors.length > 0 && <ProblemState problem={{ title: 'In detail', errors }} />}
      <p class="actions">
        {status >= 500 && (
          <a class="button is-main" href={toSamePath(c)}>
            Try again
          </a>
        )}
        <a class="button" href="/">
          To the overview
        </a>
      </p>
    </>,
    status,
  )
}

/** A form is not sent again by a link. */
function toSamePath(c: ConsoleContext): string {
  if (c.req.method !== 'GET') return '/'
  const { pathname, search } = new URL(c.req.url)
  // Two slashes in front would be another host.
  return pathname.replace(/^\/+/, '/') + search
}
