/** Attempts of the last day that failed, by reason: what it means, and what to do about it. */
import { formatCount } from '../../format/numbers.ts'
import { explainReason } from '../../format/reasons.ts'
import { Panel } from '../../ui/panel.tsx'
import { Empty } from '../../ui/state.tsx'
import { Cell, Row, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import type { Target } from './words.ts'

const COLUMNS = [
  { label: 'Reason' },
  { label: 'Attempts', align: 'end' as const },
  { label: 'Last' },
  { label: 'What it means, what to do' },
]

export function FailuresPanel({ target: { failures, success } }: { target: Target }) {
  return (
    <Panel
      id="failures"
      title="Recent failures"
      aside={
        <span class="quiet">
          since <Time at={success.since} />
        </span>
      }
    >
      {failures.length === 0 ? (
        <Empty title="No attempt has failed." />
      ) : (
        <Table caption="Failures by reason" columns={COLUMNS}>
          {failures.map((failure) => (
            <Failure failure={failure} />
          ))}
        </Table>
      )}
    </Panel>
  )
}

function Failure({ failure }: { failure: Target['failures'][number] }) {
  const { reason, count, lastAt, eventId } = failure
  const { title, explanation, next } = explainReason(reason)
  return (
    <Row>
      <Cell isHead label="Reason">
        {title}
        <span class="note">
          <code>{reason}</code>
        </span>
      </Cell>
      <Cell label="Attempts" align="end">
        {formatCount(count)}
      </Cell>
      <Cell label="Last">
        <a id={`failure-${reason}`} href={`/events/${encodeURIComponent(eventId)}`}>
          <Time at={lastAt} />
        </a>
      </Cell>
      <Cell label="Meaning">
        {explanation} <strong class="next">{next}</strong>
      </Cell>
    </Row>
  )
}
