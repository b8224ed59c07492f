/** An event in the forms in which one takes it along. A viewer's are as masked as what they are made of. */
import { toCurl, type ShellCopy } from '../../copies/curl.ts'
import { toTriggerCommand } from '../../copies/trigger-command.ts'
import type { EventMessage as SentMessage } from '../../../events/message.ts'
import type { EventMessage } from '../events/shapes.ts'

export interface EventCopies {
  /** JSON, laid out. */
  event: string
  /** Null: it was no request of Twilio's to one of the endpoints. */
  curl: ShellCopy | null
  /** Null: `switchboard trigger` cannot make one like it. */
  trigger: ShellCopy | null
}

/** @param url of the endpoint as Twilio calls it; null: there is no such endpoint (any more) */
export function toCopies(message: EventMessage, url: string | null): EventCopies {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it was JSON, which has no undefined
  const { event, request } = message as Pick<SentMessage, 'event' | 'request'>
  return {
    event: JSON.stringify(event, null, 2),
    curl: url === null ? null : toCurl(request, url),
    trigger: url === null ? null : toTriggerCommand(event, request, url),
  }
}
