/**
 * What `tail` and `listen` have in common: is this console there, may we listen, from where on; then the
 * stream, until Ctrl-C.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { UsageError } from '../terminal/errors.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { createCatchUp, NOTHING_TO_CATCH_UP } from './catch-up.ts'
import { read, type ApiClient, type ConsoleClient } from './client.ts'
import { runConnection } from './connection.ts'
import type { FilterQuery } from './filter.ts'
import { follow, type FollowParts } from './follow.ts'
import { createKnownEvents } from './known-events.ts'

export interface LiveOptions extends Pick<FollowParts, 'onNews' | 'untilRoom' | 'signal'> {
  filter: FilterQuery
  /** With each event what is stored of it. */
  withMessages: boolean
  terminal: Terminal
  /** Told when events from now on will come. */
  onReady: () => void
}

/** Throws at once for a token that is not good and for a filter that one may not use. */
export async function listenLive(client: ConsoleClient, options: LiveOptions): Promise<void> {
  const { filter, withMessages, terminal, signal, onReady, ...rest } = options
  const { api, address } = client
  const query = { ...filter, limit: '1' }
  const ask = async () => {
    if (withMessages) await requireOperator(api, signal)
    return read(api.events.live.$get({ query }, { init: { signal } }))
  }
  // Before anything is connected: whatever comes from here on is told.
  const { after: cursor } = await ask()
  const startedAt = Date.now()
  const known = createKnownEvents()
  let connections = 0
  onReady()
  await follow({
    ...rest,
    cursor,
    known,
    ask,
    connect: (after, onFrame, ending) => {
      const url = toStreamUrl(address.url, {
        ...filter,
        after,
        ...(withMessages && { payload: '1' }),
      })
      return runConnection({ url, headers: address.headers, onFrame, signal: ending })
    },
    catchUp() {
      // The first connection begins at the cursor: there is nothing before it.
      connections += 1
      if (connections === 1) return NOTHING_TO_CATCH_UP
      return createCatchUp({ api, filter, known, startedAt, now: Date.now })
    },
    say: (text) => terminal.note(text),
    wait: waitFor,
    clock: () => performance.now(),
    random: Math.random,
    signal,
  })
}

async function requireOperator(api: ApiClient, signal: AbortSignal): Promise<void> {
  const { role } = await read(api.me.$get({}, { init: { signal } }))
  if (role === 'operator') return
  throw new UsageError('Whole events are for operators, and this is the token of a viewer.', {
    code: 'operators_only',
    next: 'Ask for the token of an operator; "switchboard tail" works with this one.',
  })
}

function toStreamUrl(base: string, query: Record<string, string | undefined>): string {
  const url = new URL(`${base.replace(/^http/, 'ws')}/api/v1/stream`)
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, value)
  }
  return url.href
}

/** Ends early, and well, when the signal comes. */
async function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined)
}

/** The first Ctrl-C ends the work in order; a second one, the process. */
export function createInterrupt(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(name, () => controller.abort())
  }
  return controller.signal
}
