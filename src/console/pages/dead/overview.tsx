/** The page of what is dead: the filter, the groups, the replays of late. */
import type { ProblemInit } from '../../api/problem.ts'
import { explainReason, REASONS } from '../../format/reasons.ts'
import { FilterForm } from '../../ui/filter-form.tsx'
import { SelectField } from '../../ui/form.tsx'
import { useIsOperator } from '../../ui/frame.ts'
import { Notice } from '../../ui/notice.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { Empty, ProblemState } from '../../ui/state.tsx'
import { toFilterProblem } from '../events/filter-problem.ts'
import { TimeField } from '../events/filter-fields.tsx'
import { toDeadUrl, type DeadPageFilter } from './filter.ts'
import { Groups, PLAN_PATH } from './groups.tsx'
import { Jobs } from './jobs.tsx'
import type { DeadSummary, ReplayJob } from './shapes.ts'

export const DEAD_PATH = '/dead'

interface OverviewProps {
  filter: DeadPageFilter
  dead: DeadSummary
  jobs: readonly ReplayJob[]
}

export function Overview({ filter, dead, jobs }: OverviewProps) {
  const { groups, events, isComplete } = dead
  const isSet = Object.keys(filter).length > 0
  const isOperator = useIsOperator()
  return (
    <>
      <Head filter={filter} groups={groups} />
      {!isComplete && (
        <Notice tone="wait">
          There is more than was counted: {events} events were looked at, the oldest first.
        </Notice>
      )}
      {events === 0 ? (
        <Empty
          title={isSet ? 'Nothing dead matches this filter' : 'Nothing is dead'}
          hint={isSet ? undefined : 'Every event was delivered, or waits for its next attempt.'}
        >
          {isSet ? (
            <a class="button" href={DEAD_PATH}>
              Clear the filter
            </a>
          ) : (
            <a class="button" href="/events?outcome=waiting">
              What waits
            </a>
          )}
        </Empty>
      ) : (
        <>
          {isOperator && groups.length > 1 && (
            <p class="actions">
              <a class="button" href={toDeadUrl(PLAN_PATH, filter)}>
                Replay all {isSet ? 'of these ' : ''}({events})…
              </a>
            </p>
          )}
          <Groups groups={groups} filter={filter} />
        </>
      )}
      <Jobs jobs={jobs} />
    </>
  )
}

/** What was typed stays, so that one can mend it. */
export function Refused({ filter, problem }: { filter: DeadPageFilter; problem: ProblemInit }) {
  return (
    <>
      <Head filter={filter} groups={[]} />
      <ProblemState problem={toFilterProblem(problem)} />
    </>
  )
}

function Head({ filter, groups }: Pick<DeadSummary, 'groups'> & { filter: DeadPageFilter }) {
  const { target = '', reason = '', from, before } = filter
  const targets = toNames([target, ...groups.map((group) => group.target)])
  const reasons = toNames([reason, ...groups.map((group) => group.reason ?? ''), ...COMMON])
  return (
    <>
      <PageHeader
        title="Dead"
        lede="Deliveries that were given up. Nothing of them is lost: mend the cause, then send them again."
      />
      <FilterForm action={DEAD_PATH} label="Dead deliveries" isSet={Object.keys(filter).length > 0}>
        <SelectField name="target" label="Target" value={target} options={toOptions(targets)} />
        <SelectField
          name="reason"
          label="Reason"
          value={reason}
          options={toOptions(reasons, (name) => `${explainReason(name).title} (${name})`)}
        />
        <TimeField name="from" label="From" value={from} />
        <TimeField name="before" label="Before" value={before} />
      </FilterForm>
    </>
  )
}

/** Those that a delivery dies of; the others it only waits for. */
const COMMON = Object.keys(REASONS).filter((name) => !['paused', 'retry', 'lost'].includes(name))

const toNames = (names: readonly string[]): string[] =>
  [...new Set(names)].filter((name) => name !== '').toSorted()

const toOptions = (names: readonly string[], toLabel = (name: string) => name) => [
  { value: '', label: 'any' },
  ...names.map((value) => ({ value, label: toLabel(value) })),
]
