/** The event to take along: as the CloudEvent that targets get, as curl, as `switchboard trigger`. */
import type { EventCopies } from './copies.ts'
import { Panel } from '../../ui/panel.tsx'
import { toPartPath } from './parts.ts'
import { WholePart } from './whole-part.tsx'

export function CopiesPanel({ id, copies }: { id: string; copies: EventCopies }) {
  const { curl, trigger, event } = copies
  return (
    <Panel id="copies" title="To take along">
      <div class="stack">
        <WholePart
          id="copy-event"
          title="The event, as targets get it"
          what="the event as JSON"
          text={event}
          path={toPartPath(id, 'event')}
        />
        {trigger && (
          <WholePart
            id="copy-trigger"
            title="As switchboard trigger"
            what="the trigger command"
            text={trigger.command}
            note={trigger.note}
            path={toPartPath(id, 'trigger')}
          />
        )}
        {curl && (
          <WholePart
            id="copy-curl"
            title="As curl"
            what="the curl command"
            text={curl.command}
            note={curl.note}
            path={toPartPath(id, 'curl')}
          />
        )}
      </div>
    </Panel>
  )
}
