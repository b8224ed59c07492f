/** What a replay in bulk would do, before anybody has said yes to it. */
import { PostForm, SubmitButton } from '../../ui/form.tsx'
import { useIsOperator } from '../../ui/frame.ts'
import { Notice } from '../../ui/notice.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Empty } from '../../ui/state.tsx'
import { Cell, Row, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { toKindLabel } from '../../format/kinds.ts'
import { toEventPath } from '../events/event-rows.tsx'
import { explainReason } from '../../format/reasons.ts'
import { VisibleText } from '../event/visible-text.tsx'
import { toDeadUrl, toFilterWords, type DeadPageFilter } from './filter.ts'
import { createReplayId } from './replay-id.ts'
import type { DeadItem, DeadSummary } from './shapes.ts'

interface PlanProps {
  filter: DeadPageFilter
  plan: DeadSummary
  /** A few of them. */
  some: readonly DeadItem[]
}

export function Plan({ filter, plan, some }: PlanProps) {
  const { events, groups, isComplete } = plan
  if (events === 0) {
    return (
      <Empty title="Nothing of it is dead any more" hint="It was delivered meanwhile, or deleted.">
        <a class="button" href="/dead">
          Back to what is dead
        </a>
      </Empty>
    )
  }
  return (
    <>
      <Panel id="plan" title={`${isComplete ? '' : 'At least '}${events} ${toEvents(events)}`}>
        <p>Everything that is dead {toFilterWords(filter).join(', ')}:</p>
        <Table caption="What would be sent, by target and reason" columns={COLUMNS}>
          {groups.map((group) => (
            <Row>
              <Cell label="Target" isHead>
                {group.target === '*' ? 'every target that takes it now' : group.target}
              </Cell>
              <Cell label="Why it is dead">
                {group.reason === null ? (
                  'not written down'
                ) : (
                  <VisibleText text={explainReason(group.reason).title} />
                )}
              </Cell>
              <Cell label="Events" align="end">
                {group.events}
              </Cell>
            </Row>
          ))}
        </Table>
        <p class="quiet">
          Each goes out once more to the targets for which it is dead, under the same webhook-id and
          marked as a replay. What is delivered before its turn comes is left out. What dies after
          your yes is no part of it.
        </p>
        <Confirmation filter={filter} events={events} />
      </Panel>
      {some.length > 0 && (
        <Panel
          id="some"
          title={some.length < events ? `The first ${some.length}` : 'Which they are'}
        >
          <Some items={some} />
        </Panel>
      )}
    </>
  )
}

const COLUMNS = [
  { label: 'Target' },
  { label: 'Why it is dead' },
  { label: 'Events', align: 'end' as const },
]

function Some({ items }: { items: readonly DeadItem[] }) {
  return (
    <Table caption="In the order in which they would be sent" columns={SOME_COLUMNS}>
      {items.map(({ id, kind, receivedAt, deaths }) => (
        <Row>
          <Cell label="Event" isHead>
            <a href={toEventPath(id)}>{toKindLabel(kind).title}</a>
          </Cell>
          <Cell label="Received">
            <Time at={receivedAt} />
          </Cell>
          <Cell label="Dead for">
            {[...new Set(deaths.map(({ target }) => target))].join(', ')}
          </Cell>
        </Row>
      ))}
    </Table>
  )
}

const SOME_COLUMNS = [{ label: 'Event' }, { label: 'Received' }, { label: 'Dead for' }]

const toEvents = (count: number): string => (count === 1 ? 'event' : 'events')

function Confirmation({ filter, events }: { filter: DeadPageFilter; events: number }) {
  if (!useIsOperator()) return <Notice tone="calm">Only operators may send it again.</Notice>
  return (
    <PostForm action="/dead/replays">
      <input type="hidden" name="replay" value={createReplayId()} />
      {Object.entries(filter).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <div class="actions">
        <SubmitButton tone="main">
          Replay {events} {toEvents(events)}
        </SubmitButton>
        <a class="button" href={toDeadUrl('/dead', filter)}>
          Back
        </a>
      </div>
    </PostForm>
  )
}
