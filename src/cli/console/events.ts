/** `switchboard events`: what came, what became of it, and the way to send it again. */
import { addVerb, type DefineVerb } from '../terminal/verb.ts'
import { defineList } from './list.ts'
import { LOGIN } from './login-text.ts'
import { defineReplay } from './replay.ts'
import { defineShow } from './show.ts'

export const defineEvents: DefineVerb = (verb) => {
  defineList(
    addVerb(verb, 'list', {
      summary: 'list events, the newest first',
      examples: [
        ['events list', 'the newest 20'],
        ['events list --outcome dead --since 24h', 'what died of what came since yesterday'],
        ['events list --number +15005550006 --kind "voice.*"', 'calls from or to a number'],
      ],
      notes: LOGIN,
    }),
  )
  defineShow(
    addVerb(verb, 'show', {
      summary:
        'show an event whole: what came, what was answered, each attempt, what belongs to it',
      examples: [['events show evt_90c8812403398797436c8e8049dd4afb', 'one event']],
      notes: LOGIN,
    }),
  )
  defineReplay(
    addVerb(verb, 'replay', {
      summary: 'send events again: single ones, or what is dead',
      examples: [
        ['events replay evt_90c8812403398797436c8e8049dd4afb --to crm', 'one event, to one target'],
        ['events replay --dead --dry-run', 'what is dead, by target and reason'],
        ['events replay --dead --target crm --since 24h', 'show the plan, ask, send, watch'],
        ['events replay --cancel rpl_0123456789abcdef01234567', 'end one that runs'],
      ],
      notes: `Exit codes: 0 sent (and with --dead delivered, or still waiting), 1 something died again, or it was
cancelled, or it broke off half-way, 2 nothing was sent, 130 Ctrl-C: a replay of --dead goes on by itself.

${LOGIN}`,
    }),
  )
}
