/** `switchboard events list`: events, the newest first. */
import { createTerminal, type Terminal } from '../terminal/terminal.ts'
import { toTable } from '../terminal/table.ts'
import type { Verb } from '../terminal/verb.ts'
import { openConsole } from './client.ts'
import { showOrNull, show, toOutcomeWords, toPlace, toSeconds } from './event-words.ts'
import type { EventItem } from './event-words.ts'
import { addFilterOptions, parseInstant, parseLimit, pickFilter, toFilterQuery } from './filter.ts'
import { createReadPage, listPages, type Listed } from './list-pages.ts'

const MAX_LIMIT = 10_000
const DEFAULT_LIMIT = 20

export function defineList(verb: Verb): void {
  addFilterOptions(verb)
    .option('--since <when>', 'received since then: 1h, 7d, or an instant', parseInstant)
    .option('--until <when>', 'received before then', parseInstant)
    .option('--limit <n>', 'how many', parseLimit(MAX_LIMIT), DEFAULT_LIMIT)
    .option('--cursor <cursor>', 'go on from here: "next" of the call before')
    .action(async (options) => {
      const { since, until, limit, cursor, json } = options
      const terminal = createTerminal({ json })
      const { api } = openConsole(options.console, terminal)
      const query = {
        ...toFilterQuery(pickFilter(options)),
        ...(since !== undefined && { from: since }),
        ...(until !== undefined && { before: until }),
      }
      const listed = await search(terminal, (onPage) =>
        listPages(createReadPage(api, query), limit, cursor ?? null, onPage),
      )
      terminal.result(listed, toListText(listed))
      if (listed.items.length < limit) sayHowFar(terminal, listed)
      else if (listed.next !== null) terminal.note(`There may be more: --cursor ${listed.next}`)
    })
}

/** Says so only when one page was not enough: most searches are done at once. */
function search(
  terminal: Terminal,
  work: (onPage: (searchedTo: string | null) => void) => Promise<Listed>,
): Promise<Listed> {
  let toldAt = performance.now()
  return work((searchedTo) => {
    if (searchedTo === null || performance.now() - toldAt < TELL_EVERY_MS) return
    toldAt = performance.now()
    terminal.note(`Searched back to ${toSeconds(searchedTo)} …`)
  })
}

const TELL_EVERY_MS = 2_000

function sayHowFar(terminal: Terminal, { next, searchedTo }: Listed): void {
  if (next === null || searchedTo === null) return
  terminal.note(`Searched back to ${toSeconds(searchedTo)}; further: --cursor ${next}`)
}

const HEAD = ['RECEIVED', 'KIND', 'ENDPOINT', 'FROM', 'TO', 'OUTCOME', 'ID'] as const

export function toListText({ items }: Listed): string {
  if (items.length === 0) return 'No events.'
  return toTable(HEAD, items.map(toRow))
}

function toRow(event: EventItem): (string | null)[] {
  const { id, receivedAt, kind, from, to, replays } = event
  const again = replays === 0 ? '' : ` (${replays} ${replays === 1 ? 'replay' : 'replays'})`
  return [
    toSeconds(receivedAt),
    kind === null ? 'unreadable' : show(kind),
    toPlace(event),
    showOrNull(from),
    showOrNull(to),
    toOutcomeWords(event) + again,
    show(id, 80),
  ]
}
