/** What became of the deliveries to each target, as a bar and in numbers. */
import { RateBar } from '../../charts/rate-bar.tsx'
import { formatCount, formatShare } from '../../format/numbers.ts'
import { Empty } from '../../ui/state.tsx'
import { Cell, Row, Table } from '../../ui/table.tsx'
import type { OverviewAnswer } from './words.ts'

const COLUMNS = [
  { label: 'Target' },
  { label: <span class="unseen">As a bar</span> },
  { label: 'Delivered', align: 'end' as const },
  { label: 'Waiting', align: 'end' as const },
  { label: 'Dead', align: 'end' as const },
]

type Rate = OverviewAnswer['targets'][number]

export function TargetRates({ targets }: { targets: readonly Rate[] }) {
  if (targets.length === 0) {
    return <Empty title="No target was owed anything in this time." />
  }
  return (
    <Table caption="Deliveries of each target" columns={COLUMNS} bodyId="rates-rows">
      {targets.map((rate, i) => (
        <RateRow rate={rate} index={i} />
      ))}
    </Table>
  )
}

/** Nobody can say to whom it was owed. */
const EVERY_TARGET = '*'

const toPath = (target: string): string =>
  target === EVERY_TARGET ? '/dead?target=*' : `/targets/${encodeURIComponent(target)}`

function RateRow({ rate, index }: { rate: Rate; index: number }) {
  const { target, delivered, waiting, dead } = rate
  return (
    <Row>
      <Cell isHead label="Target">
        <a id={`rate-${index}`} href={toPath(target)}>
          {target === EVERY_TARGET ? 'nobody knows to whom' : target}
        </a>
      </Cell>
      <Cell class="rate-cell">
        <RateBar id={`rate-${index}`} delivered={delivered} waiting={waiting} dead={dead} />
      </Cell>
      <Cell label="Delivered" align="end">
        {formatShare(delivered, delivered + dead)}
      </Cell>
      <Cell label="Waiting" align="end">
        {formatCount(waiting)}
      </Cell>
      <Cell label="Dead" align="end">
        {formatCount(dead)}
      </Cell>
    </Row>
  )
}
