/** Who changed what, when, and what became of it. */
import { Badge } from '../../ui/badge.tsx'
import { FilterForm } from '../../ui/filter-form.tsx'
import { Field } from '../../ui/form.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { Pager } from '../../ui/pager.tsx'
import { Empty } from '../../ui/state.tsx'
import { Cell, Row, Table } from '../../ui/table.tsx'
import { Text } from '../../ui/text.tsx'
import { Time } from '../../ui/time.tsx'
import { ACCESS_PATH, AUDIT_PATH, OUTCOMES, toActionText, type AuditEntry } from './words.ts'

interface AuditPageProps {
  page: { items: readonly AuditEntry[]; next: string | null }
  /** Exact values; empty: any. */
  filter: { actor: string; action: string; subject: string }
  isFirst: boolean
}

export function AuditPage({ page: { items, next }, filter, isFirst }: AuditPageProps) {
  const set = Object.entries(filter).filter(([, value]) => value !== '')
  const toUrl = (more: [string, string][]) => {
    const query = new URLSearchParams([...set, ...more]).toString()
    return query === '' ? AUDIT_PATH : `${AUDIT_PATH}?${query}`
  }
  return (
    <>
      <PageHeader
        title="Changes"
        up={{ href: ACCESS_PATH, label: 'Access' }}
        lede="Everything that was changed through the console or its API. A row is written before the change is made."
      />
      <FilterForm action={AUDIT_PATH} label="Changes" isSet={set.length > 0}>
        <Field name="actor" label="Who" value={filter.actor} />
        <Field
          name="action"
          label="What"
          value={filter.action}
          hint="target.pause, event.replay, …"
        />
        <Field name="subject" label="On what" value={filter.subject} />
      </FilterForm>
      <AuditTable entries={items} isFiltered={set.length > 0} />
      <Pager
        label="Changes"
        first={isFirst ? null : toUrl([])}
        next={next === null ? null : toUrl([['cursor', next]])}
      />
    </>
  )
}

const COLUMNS = ['When', 'Who', 'What', 'Details', 'Outcome'].map((label) => ({ label }))

interface AuditTableProps {
  entries: readonly AuditEntry[]
  isFiltered?: boolean
}

export function AuditTable({ entries, isFiltered = false }: AuditTableProps) {
  if (entries.length === 0) {
    return isFiltered ? (
      <Empty title="No change is like that." hint="Names are compared whole." />
    ) : (
      <Empty title="Nobody has changed anything yet." />
    )
  }
  return (
    <Table caption="Changes" columns={COLUMNS}>
      {entries.map((entry) => (
        <Entry entry={entry} />
      ))}
    </Table>
  )
}

function Entry({ entry }: { entry: AuditEntry }) {
  const { at, actor, tokenName, action, subject, details, outcome } = entry
  const { tone, word } = OUTCOMES[outcome]
  return (
    <Row>
      <Cell label="When">
        <Time at={at} />
      </Cell>
      <Cell label="Who">
        <Text value={tokenName ?? actor} />
        {tokenName !== null && <span class="quiet"> (token)</span>}
      </Cell>
      <Cell label="What">
        {toActionText(action)} <Text value={subject} />
      </Cell>
      <Cell label="Details">
        {Object.keys(details).length > 0 && <Text value={toDetails(details)} />}
      </Cell>
      <Cell label="Outcome">
        <Badge tone={tone} {...(outcome === 'begun' && { title: BEGUN })}>
          {word}
        </Badge>
      </Cell>
    </Row>
  )
}

const BEGUN = 'It runs, or nobody knows what became of it.'

/** `reason: …, targets: crm, billing` */
function toDetails(details: Readonly<Record<string, unknown>>): string {
  return Object.entries(details)
    .map(([name, value]) => `${name}: ${toValue(value)}`)
    .join(', ')
}

function toValue(value: unknown): string {
  if (Array.isArray(value)) return value.map(toValue).join(' ')
  return typeof value === 'string' ? value : JSON.stringify(value)
}
