/** Publishes for a verb: why it could not becomes an error that says what to do. */
import type { ConfigDocument } from '../../config/document.ts'
import type { KvStore } from '../../config/published/kv-store.ts'
import {
  publishDocument,
  type Published,
  type PublishProblem,
  type PublishRequest,
} from '../../config/published/publish.ts'
import { toReason, WorkError } from '../terminal/errors.ts'

export async function publish(
  store: KvStore,
  document: ConfigDocument,
  request: PublishRequest,
): Promise<Published> {
  const published = await publishDocument(store, document, request)
  if (published.ok) return published.value
  throw toError(published.error, request.at)
}

const AGAIN = 'Run this again: it goes on where it stopped.'

function toError(problem: PublishProblem, now: number): WorkError {
  const { reason: code } = problem
  switch (problem.reason) {
    case 'changed_meanwhile': {
      const { mark } = problem
      const what = mark === null ? 'Somebody removed what was live' : `Somebody published ${mark}`
      return new WorkError(`${what} meanwhile. Nothing was overwritten.`, {
        code,
        next: 'Look at "switchboard history" and "switchboard diff", then run this again.',
      })
    }
    case 'unsettled': {
      const { version, by, at } = problem.publication
      const seconds = Math.max(Math.round((now - at) / 1_000), 0)
      const message = `${by} published ${version} ${seconds} s ago, and KV does not show it yet.`
      const next = 'Run this again in a minute; or pass --force if that one broke off.'
      return new WorkError(message, { code, next })
    }
    case 'not_kept': {
      const message = `Nothing was changed: the document was not kept. ${toReason(problem.cause)}`
      return new WorkError(message, { code, next: AGAIN })
    }
    case 'not_live': {
      const why = toReason(problem.cause)
      const message = `The document is kept, and it is not known to be live. ${why}`
      return new WorkError(message, { code, next: AGAIN })
    }
  }
}
