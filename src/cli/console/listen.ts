/**
 * `switchboard listen`: the live events of a gateway, sent to an app on this machine as a target would get
 * them. This verb streams, as `tail` does.
 *
 * Promises: events of one call or message reach the app in their order, one after the other; others side
 * by side, a few at a time. When the app is slower than what comes, the stream waits. What the app answers
 * is shown, and changes nothing at the gateway.
 */
import { resolve } from 'node:path'
import { isOwnKind } from '../../events/own-kinds.ts'
import { FORWARD_FORMATS, type ForwardFormat } from '../dev/local-config.ts'
import { createSecretReader } from '../project/secrets.ts'
import { DEFAULT_STATE } from '../project/state.ts'
import { createTerminal, type Terminal } from '../terminal/terminal.ts'
import { InvalidArgumentError, parseHttpUrl, type DefineVerb } from '../terminal/verb.ts'
import { openConsole, read, type ConsoleClient } from './client.ts'
import { addFilterOptions, pickFilter, toFilterQuery, type FilterQuery } from './filter.ts'
import { createForwardTarget, type ForwardTarget } from './forward-target.ts'
import { forwardEvent } from './forward.ts'
import { toCountsText, toForwardJson, toForwardLine, type Counts } from './forward-words.ts'
import type { News } from './known-events.ts'
import { createInterrupt, listenLive } from './live.ts'
import { paintOut } from './tail.ts'
import { createThreadQueue } from './thread-queue.ts'

export const defineListen: DefineVerb = (verb) => {
  addFilterOptions(verb)
    .requiredOption('--forward <url>', 'the app: a URL on this machine', parseHttpUrl)
    .option('--format <format>', FORWARD_FORMATS.join(' or '), parseFormat, FORWARD_FORMATS[0])
    .option('--anywhere', 'the app may be on the public internet')
    .option('--state <dir>', 'where the signing secret is kept', DEFAULT_STATE)
    .action(async (options) => {
      const { forward: url, format, anywhere: isAnywhere = false, json = false } = options
      const terminal = createTerminal()
      const readSecret = createSecretReader(process.env, '.')
      const state = { path: resolve(options.state), shown: options.state }
      const target = createForwardTarget({ url, format, isAnywhere, state }, readSecret)
      const client = openConsole(options.console, terminal, readSecret)
      const filter = toFilterQuery(pickFilter(options))
      await listen(terminal, client, { target, filter, isJson: json })
      // A connection to somebody who is gone would hold the process.
      process.stdout.write('', () => process.exit())
    })
}

function parseFormat(text: string): ForwardFormat {
  const format = FORWARD_FORMATS.find((each) => each === text)
  if (format) return format
  throw new InvalidArgumentError(`It is ${FORWARD_FORMATS.join(' or ')}.`)
}

const CONCURRENCY = 5
/** Each may have 2 MB. */
const CAPACITY = 100

interface Listening {
  target: ForwardTarget
  filter: FilterQuery
  isJson: boolean
}

async function listen(
  terminal: Terminal,
  client: ConsoleClient,
  { target, filter, isJson }: Listening,
): Promise<void> {
  const signal = createInterrupt()
  const counts: Counts = { delivered: 0, refused: 0, skipped: 0 }
  const outage = createOutage(terminal, target.receiver.url)
  const deps = {
    target,
    fetch: (to: string, init: RequestInit) => fetch(to, init),
    readMessage: (id: string) => readMessage(client, id),
    onRetry: outage.began,
    signal,
    now: Date.now,
  }
  const queue = createThreadQueue<Extract<News, { type: 'event' }>>({
    concurrency: CONCURRENCY,
    capacity: CAPACITY,
    async work({ event, stored }) {
      if (signal.aborted) return
      const forwarded = await forwardEvent(event, stored, deps)
      if (signal.aborted && forwarded.verdict === 'skipped') return
      counts[forwarded.verdict] += 1
      if (forwarded.status !== null) outage.ended()
      const context = { at: new Date(), paint: paintOut }
      const line = isJson ? toForwardJson(forwarded) : toForwardLine(forwarded, context)
      process.stdout.write(`${line}\n`)
    },
  })
  let taken = 0
  await listenLive(client, {
    filter,
    withMessages: true,
    terminal,
    signal,
    onReady: () => sayReady(terminal, client, target),
    untilRoom: queue.untilRoom,
    onNews(news) {
      if (news.type !== 'event' || !isMeant(news.event.kind, filter)) return
      taken += 1
      queue.put(news.event.thread ?? news.event.id, news)
    },
  })
  const done = counts.delivered + counts.refused + counts.skipped
  terminal.note(toCountsText(counts, taken - done))
}

/** Switchboard's own kinds go to a target only when it asks for them. */
const isMeant = (kind: string | null, filter: FilterQuery): boolean =>
  kind === null || !isOwnKind(kind) || (filter.kind !== undefined && isOwnKind(filter.kind))

function sayReady(terminal: Terminal, { address }: ConsoleClient, target: ForwardTarget): void {
  const { receiver, signedWith } = target
  const form = receiver.format === 'twilio' ? "Twilio's own requests" : 'CloudEvents'
  terminal.note(
    `Events of ${address.url} go to ${receiver.url} as ${form}, signed with the secret in ${signedWith}. ` +
      'Ctrl-C ends it.',
  )
}

async function readMessage({ api }: ConsoleClient, id: string) {
  return read(api.events[':id'].message.$get({ param: { id: encodeURIComponent(id) } }))
}

/** Says once that the app is down, and once that it is back. */
function createOutage(terminal: Terminal, url: string) {
  let isDown = false
  return {
    began: () => {
      if (!isDown) terminal.warn(`${url} does not take events; trying again a few times.`)
      isDown = true
    },
    ended: () => {
      if (isDown) terminal.note(`${url} answers again.`)
      isDown = false
    },
  }
}
