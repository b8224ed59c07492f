/**
 * `switchboard events replay`: sends single events again, or everything that is dead and passes a filter;
 * watches or cancels such a replay in bulk.
 */
import { collect } from '../numbers/options.ts'
import { UsageError } from '../terminal/errors.ts'
import { createTerminal } from '../terminal/terminal.ts'
import type { Verb } from '../terminal/verb.ts'
import { openConsole } from './client.ts'
import { addConsoleOption, parseInstant } from './filter.ts'
import { cancelReplay, replayDead, watchReplay } from './replay-dead.ts'
import { parseReplayId } from './replay-id.ts'
import { replayEvents } from './replay-events.ts'

export function defineReplay(verb: Verb): void {
  addConsoleOption(verb)
    .argument('[ids...]', 'the ids of events: evt_…')
    .option('--to <target>', 'to this target only; may be repeated', collect, [])
    .option('--dead', 'everything that is dead now and passes the filter')
    .option('--target <name>', 'of --dead: what is dead for this target')
    .option('--reason <reason>', 'of --dead: for this reason, as in status_500')
    .option('--since <when>', 'of --dead: received since then: 1h, 7d, or an instant', parseInstant)
    .option('--until <when>', 'of --dead: received before then', parseInstant)
    .option('--as <replay>', 'the id of the replay: the same one runs once', parseReplayId)
    .option('--watch <replay>', 'follow a replay of --dead that runs', parseReplayId)
    .option('--cancel <replay>', 'end a replay of --dead that runs', parseReplayId)
    .option('--detach', 'of --dead: do not wait for its end')
    .option('--dry-run', 'say what would be sent, and send nothing')
    .option('--yes', 'do not ask')
    .action(async (ids, options) => {
      const { dead = false, dryRun = false, yes = false, detach = false } = options
      const { to, target, reason, since, until, as, watch, cancel, json } = options
      const filter = {
        ...(target !== undefined && { target }),
        ...(reason !== undefined && { reason }),
        ...(since !== undefined && { from: since }),
        ...(until !== undefined && { before: until }),
      }
      requireOne({ ids: ids.length > 0, dead, watch, cancel })
      const isFiltered = Object.keys(filter).length > 0
      if (isFiltered && !dead)
        throw misplaced('--target, --reason, --since and --until are of --dead.')
      if (to.length > 0 && ids.length === 0) throw misplaced('--to is for single events.')
      const terminal = createTerminal({ json })
      const { api } = openConsole(options.console, terminal)
      if (cancel !== undefined) return cancelReplay(terminal, api, cancel)
      if (watch !== undefined) return watchReplay(terminal, api, watch)
      if (!dead) return replayEvents(terminal, api, { ids, targets: to, id: as, dryRun })
      return replayDead(terminal, api, { filter, id: as, dryRun, yes, detach })
    })
}

const misplaced = (message: string) =>
  new UsageError(message, { next: 'switchboard events replay --help' })

function requireOne(given: Record<string, unknown>): void {
  const count = Object.values(given).filter((each) => each !== undefined && each !== false).length
  if (count === 1) return
  throw misplaced('Name events by their ids, or pass one of --dead, --watch and --cancel.')
}
