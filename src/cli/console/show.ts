/** `switchboard events show`: an event whole, and everything else of the same call or message. */
import { createTerminal } from '../terminal/terminal.ts'
import type { Verb } from '../terminal/verb.ts'
import { openConsole, read } from './client.ts'
import { addConsoleOption } from './filter.ts'
import { toShowText } from './show-text.ts'

export function defineShow(verb: Verb): void {
  addConsoleOption(verb)
    .argument('<id>', 'the id of the event: evt_…')
    .action(async (id, { console: given, json }) => {
      const terminal = createTerminal({ json })
      const { api } = openConsole(given, terminal)
      const param = { id: encodeURIComponent(id) }
      const [detail, related] = await Promise.all([
        read(api.events[':id'].$get({ param })),
        read(api.events[':id'].related.$get({ param })),
      ])
      terminal.result({ ...detail, related }, toShowText(detail, related))
    })
}
