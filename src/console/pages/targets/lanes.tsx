/** The lanes of a target: what runs in each right now. */
import { formatDuration, formatRelative } from '../../format/numbers.ts'
import { useFrame } from '../../ui/frame.ts'
import { Panel } from '../../ui/panel.tsx'
import { Empty } from '../../ui/state.tsx'
import { Cell, Row, Table } from '../../ui/table.tsx'
import { StateBadge } from './targets.tsx'
import { toBreakerState, type Lane } from './words.ts'

const COLUMNS = [
  { label: 'Lane' },
  { label: 'State' },
  { label: 'Runs', align: 'end' as const },
  { label: 'Waits in it', align: 'end' as const },
  { label: 'Last call' },
]

export function LanesPanel({ lanes }: { lanes: readonly Lane[] }) {
  return (
    <Panel id="lanes" title="Right now">
      {lanes.length === 0 ? (
        <Empty
          title="The consumer does not answer."
          hint="Deliveries may go on all the same: this is only what one can see of them."
        />
      ) : (
        <Table caption="Lanes" columns={COLUMNS}>
          {lanes.map((lane) => (
            <LaneRow lane={lane} />
          ))}
        </Table>
      )}
      <p class="quiet">What waits in a lane goes out next; what else waits is in the queue.</p>
    </Panel>
  )
}

function LaneRow({ lane }: { lane: Lane }) {
  const { name, breaker, running, waiting, lastStartAt, connections, intervalMs } = lane
  const { now } = useFrame()
  return (
    <Row>
      <Cell isHead label="Lane">
        <code>{name}</code>
        {intervalMs !== null && intervalMs > 0 && (
          <span class="note">a call every {formatDuration(intervalMs)}</span>
        )}
      </Cell>
      <Cell label="State">
        <StateBadge state={toBreakerState(breaker)} />
      </Cell>
      <Cell label="Runs" align="end">
        {running.length}
        {connections !== null && <span class="note">of {connections} at a time</span>}
      </Cell>
      <Cell label="Waits in it" align="end">
        {waiting}
      </Cell>
      <Cell label="Last call">
        {lastStartAt === null ? (
          <span class="quiet">not known</span>
        ) : (
          <time datetime={lastStartAt} title={lastStartAt}>
            {formatRelative(Date.parse(lastStartAt), now)}
          </time>
        )}
      </Cell>
    </Row>
  )
}
