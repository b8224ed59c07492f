/** The configs in KV, asked for a bounded time: what KV does not give becomes the API's problem. */
import { createBoundStore, type KvStore } from '../../config/published/kv-store.ts'
import { withDeadline } from '../../deadline.ts'
import { ProblemError } from '../api/problem.ts'

const BUDGET_MS = 10_000
const LATE = Symbol('late')

export function createPatientStore(kv: KVNamespace): KvStore {
  const store = createBoundStore(kv)
  return {
    get: (key) => ask(store.get(key)),
    list: (prefix) => ask(store.list(prefix)),
    // A write that is late may be done all the same.
    put: (key, text, metadata) => ask(store.put(key, text, metadata)),
  }
}

async function ask<T>(work: Promise<T>): Promise<T> {
  const answer = await withDeadline(work, BUDGET_MS, LATE).catch((cause: unknown) => {
    throw new KvUnavailable(cause)
  })
  if (answer === LATE) throw new KvUnavailable('late')
  return answer
}

class KvUnavailable extends ProblemError {
  constructor(cause: unknown) {
    super({
      status: 503,
      code: 'kv_unavailable',
      title: 'KV, where the configs are, does not answer.',
      detail:
        'Webhooks and deliveries go on with the config that they have. Try again in a moment.',
      headers: { 'retry-after': '5' },
    })
    this.cause = cause
  }
}
