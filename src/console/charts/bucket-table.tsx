/** The numbers of a chart over time, as a table that one can open. */
import { formatCount } from '../format/numbers.ts'
import { Cell, Row, Table } from '../ui/table.tsx'
import { Time } from '../ui/time.tsx'
import type { Bucket, Part } from './buckets.ts'

interface BucketTableProps {
  /** Of the chart. */
  id: string
  title: string
  parts: readonly Part[]
  buckets: readonly Bucket[]
}

export function BucketTable({ id, title, parts, buckets }: BucketTableProps) {
  const columns = [
    { label: 'From' },
    ...parts.map(({ label }) => ({ label, align: 'end' as const })),
  ]
  return (
    <details id={`${id}-numbers`}>
      <summary>The numbers</summary>
      <Table caption={title} columns={columns} isCards={false} bodyId={`${id}-rows`}>
        {buckets.map((bucket) => (
          <Row>
            <Cell isHead label="From">
              <Time at={bucket.at} />
            </Cell>
            {parts.map(({ label }, i) => (
              <Cell label={label} align="end">
                {formatCount(bucket.counts[i] ?? 0)}
              </Cell>
            ))}
          </Row>
        ))}
      </Table>
    </details>
  )
}
