/** What is dead, by target and reason: how many, since when, what it means, and the way to send it again. */
import { explainReason } from '../../format/reasons.ts'
import { useIsOperator } from '../../ui/frame.ts'
import { Cell, Row, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { toEventPath } from '../events/event-rows.tsx'
import { VisibleText } from '../event/visible-text.tsx'
import { toDeadUrl, type DeadPageFilter } from './filter.ts'
import type { DeadGroup } from './shapes.ts'

export const PLAN_PATH = '/dead/plan'

interface GroupsProps {
  groups: readonly DeadGroup[]
  filter: DeadPageFilter
}

export function Groups({ groups, filter }: GroupsProps) {
  const isOperator = useIsOperator()
  const columns = [
    { label: 'Target' },
    { label: 'Why' },
    { label: 'Events', align: 'end' as const },
    { label: 'Died' },
    { label: isOperator ? 'What to do' : 'Example' },
  ]
  return (
    <Table
      caption="Dead deliveries by target and reason, the most frequent first"
      columns={columns}
    >
      {groups.map((group) => (
        <Group group={group} filter={filter} isOperator={isOperator} />
      ))}
    </Table>
  )
}

interface GroupProps {
  group: DeadGroup
  filter: DeadPageFilter
  isOperator: boolean
}

function Group({ group, filter, isOperator }: GroupProps) {
  const { target, reason, events, oldestAt, newestAt, eventId } = group
  return (
    <Row>
      <Cell label="Target" isHead>
        {target === '*' ? (
          'nobody knows to whom'
        ) : (
          <a href={`/targets/${encodeURIComponent(target)}`} data-row>
            {target}
          </a>
        )}
      </Cell>
      <Cell label="Why" class="dead-why">
        <Why reason={reason} />
      </Cell>
      <Cell label="Events" align="end">
        {events}
      </Cell>
      <Cell label="Died">
        <Time at={oldestAt} />
        {newestAt !== oldestAt && (
          <>
            {' to '}
            <Time at={newestAt} />
          </>
        )}
      </Cell>
      <Cell class="dead-do">
        {isOperator && (
          <a class="button is-small" href={toDeadUrl(PLAN_PATH, toGroupFilter(group, filter))}>
            Replay these…<span class="unseen"> {`${target}, ${reason ?? 'no reason'}`}</span>
          </a>
        )}{' '}
        <a href={toEventPath(eventId)}>the last one</a>
      </Cell>
    </Row>
  )
}

function Why({ reason }: { reason: string | null }) {
  if (reason === null) return <span class="quiet">Nobody wrote it down.</span>
  const { title, explanation, next } = explainReason(reason)
  return (
    <>
      <strong>
        <VisibleText text={title} />
      </strong>
      {title !== reason && (
        <>
          {' '}
          <code class="chip">
            <VisibleText text={reason} />
          </code>
        </>
      )}
      <span class="event-note">
        {explanation} {next}
      </span>
    </>
  )
}

/** The times of the filter stay; the group says to whom and why. */
function toGroupFilter({ target, reason }: DeadGroup, filter: DeadPageFilter): DeadPageFilter {
  return { ...filter, target, ...(reason === null ? {} : { reason }) }
}
