/** All targets: which is in order, which is not, what waits for it. */
import { formatRelative } from '../../format/numbers.ts'
import { Badge } from '../../ui/badge.tsx'
import { useFrame } from '../../ui/frame.ts'
import { PageHeader } from '../../ui/page-header.tsx'
import { Patterns } from '../../ui/patterns.tsx'
import { Empty } from '../../ui/state.tsx'
import { Cell, Row, Table } from '../../ui/table.tsx'
import {
  TARGETS_PATH,
  toAttempts,
  toCount,
  toRate,
  toState,
  toTargetPath,
  type State,
  type Target,
} from './words.ts'

const ROWS = 'targets-rows'

export function TargetsPage({ targets }: { targets: readonly Target[] }) {
  return (
    <>
      <PageHeader
        title="Targets"
        lede="The services that events are forwarded to. One that is down delays only itself."
      />
      {targets.length === 0 ? (
        <Empty
          title="The config has no target."
          hint="Events are recorded and go nowhere. Add a target to switchboard.config.ts, then push."
        />
      ) : (
        <>
          <div
            hidden
            hx-get={TARGETS_PATH}
            hx-trigger="every 15s, wake"
            hx-swap="none"
            hx-select-oob={`#${ROWS}`}
          ></div>
          <TargetTable targets={targets} />
        </>
      )}
    </>
  )
}

const COLUMNS = [
  { label: 'Target' },
  { label: 'State' },
  { label: 'Last hour', align: 'end' as const },
  { label: 'Last day', align: 'end' as const },
  { label: 'Waiting', align: 'end' as const },
  { label: 'Dead', align: 'end' as const },
  { label: 'Goes to' },
]

function TargetTable({ targets }: { targets: readonly Target[] }) {
  return (
    <Table caption="Targets" columns={COLUMNS} bodyId={ROWS}>
      {targets.map((target) => (
        <TargetRow target={target} />
      ))}
    </Table>
  )
}

function TargetRow({ target }: { target: Target }) {
  const { name, url, urlSecret, success, waiting, dead, events } = target
  const query = new URLSearchParams({ target: name }).toString()
  return (
    <Row>
      <Cell isHead label="Target">
        <a id={`target-${name}`} href={toTargetPath(name)}>
          {name}
        </a>
      </Cell>
      <Cell label="State">
        <StateBadge state={toState(target)} />
      </Cell>
      <Cell label="Last hour" align="end">
        {toRate(success.hour)}
        <span class="note">{toAttempts(success.hour)}</span>
      </Cell>
      <Cell label="Last day" align="end">
        {toRate(success.day)}
        <span class="note">{toAttempts(success.day)}</span>
      </Cell>
      <Cell label="Waiting" align="end">
        <a id={`waiting-${name}`} href={`/events?${query}&outcome=waiting`}>
          {toCount(waiting)}
        </a>
        <Oldest at={waiting.oldestReceivedAt} />
      </Cell>
      <Cell label="Dead" align="end">
        <a id={`dead-${name}`} href={`/dead?${query}`}>
          {toCount(dead)}
        </a>
      </Cell>
      <Cell label="Goes to">
        <code>{url ?? `in ${urlSecret ?? 'a secret'}`}</code>
        <span class="note">
          <Patterns events={events} />
        </span>
      </Cell>
    </Row>
  )
}

export function StateBadge({ state: { tone, icon, word } }: { state: State }) {
  return (
    <Badge tone={tone} {...(icon && { icon })}>
      {word}
    </Badge>
  )
}

function Oldest({ at }: { at: string | null }) {
  const { now } = useFrame()
  if (at === null) return null
  return (
    <span class="note">
      oldest{' '}
      <time datetime={at} title={at}>
        {formatRelative(Date.parse(at), now)}
      </time>
    </span>
  )
}
