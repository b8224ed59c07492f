/** Why a document was not published, as a problem of the API. */
import type { PublishProblem } from '../../config/published/publish.ts'
import { ProblemError } from '../api/problem.ts'

const AGAIN = 'Ask for it again: it goes on where it stopped.'

export function toPublishProblem(problem: PublishProblem): ProblemError {
  const { reason: code } = problem
  switch (problem.reason) {
    case 'changed_meanwhile': {
      const { mark } = problem
      const what = mark === null ? 'Somebody removed what was live' : `Somebody published ${mark}`
      return new ProblemError({
        status: 409,
        code,
        title: `${what} meanwhile. Nothing was overwritten.`,
        detail: 'Look at the history and at the difference, then decide again.',
      })
    }
    case 'unsettled': {
      const { version, by } = problem.publication
      return new ProblemError({
        status: 409,
        code,
        title: `${by} published ${version} a moment ago, and KV does not show it yet.`,
        detail: 'Ask again in a minute.',
        headers: { 'retry-after': '60' },
      })
    }
    case 'not_kept':
      return new ProblemError({
        status: 503,
        code,
        title: 'Nothing was changed: the document was not kept.',
        detail: AGAIN,
      })
    case 'not_live':
      return new ProblemError({
        status: 503,
        code,
        title: 'The document is kept, and it is not known to be live.',
        detail: AGAIN,
      })
  }
}
