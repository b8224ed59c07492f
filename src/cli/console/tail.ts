/**
 * `switchboard tail`: events as they come, and what becomes of them, until Ctrl-C. This verb streams: with
 * `--json` each line is one JSON object, and what there is to say besides goes to standard error.
 */
import { styleText } from 'node:util'
import type { Paint } from '../dev/log-line.ts'
import { createTerminal } from '../terminal/terminal.ts'
import type { DefineVerb } from '../terminal/verb.ts'
import { openConsole } from './client.ts'
import { addFilterOptions, pickFilter, toFilterQuery } from './filter.ts'
import { createInterrupt, listenLive } from './live.ts'
import { toNewsJson, toNewsLine } from './news-line.ts'

/** At a terminal only, and as NO_COLOR and FORCE_COLOR say. */
export const paintOut: Paint = (style, text) => styleText(style, text, { stream: process.stdout })

export const defineTail: DefineVerb = (verb) => {
  addFilterOptions(verb).action(async (options) => {
    const { json = false } = options
    // Whoever reads the lines wants to know of a loss, too: standard error is not silent.
    const terminal = createTerminal()
    const client = openConsole(options.console, terminal)
    await listenLive(client, {
      filter: toFilterQuery(pickFilter(options)),
      withMessages: false,
      terminal,
      signal: createInterrupt(),
      onReady: () => terminal.note(`Waiting for events of ${client.address.url}. Ctrl-C ends it.`),
      onNews(news) {
        const line = json ? toNewsJson(news) : toNewsLine(news, { at: new Date(), paint: paintOut })
        process.stdout.write(`${line}\n`)
      },
    })
    // A connection to somebody who is gone would hold the process.
    process.stdout.write('', () => process.exit())
  })
}
