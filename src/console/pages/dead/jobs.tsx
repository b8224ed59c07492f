/** Replays in bulk: those of late, and one of them with how far it is. */
import { Badge, type Tone } from '../../ui/badge.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { Facts } from '../../ui/facts.tsx'
import { PostForm, SubmitButton } from '../../ui/form.tsx'
import { useIsOperator } from '../../ui/frame.ts'
import { Panel } from '../../ui/panel.tsx'
import { Cell, Row, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { toFilterWords } from './filter.ts'
import type { ReplayJob, ReplayOutcome } from './shapes.ts'

export const toJobPath = (id: string): string => `/dead/replays/${encodeURIComponent(id)}`

const STATES: Readonly<Record<ReplayJob['state'], { tone: Tone; word: string }>> = {
  running: { tone: 'wait', word: 'running' },
  done: { tone: 'good', word: 'done' },
  cancelled: { tone: 'calm', word: 'cancelled' },
}

export function JobBadge({ state }: Pick<ReplayJob, 'state'>) {
  const { tone, word } = STATES[state]
  return <Badge tone={tone}>{word}</Badge>
}

const COLUMNS = [
  { label: 'Begun' },
  { label: 'What' },
  { label: 'State' },
  { label: 'Sent', align: 'end' as const },
  { label: 'By' },
]

export function Jobs({ jobs }: { jobs: readonly ReplayJob[] }) {
  if (jobs.length === 0) return <></>
  return (
    <Panel id="jobs" title="Replays of late">
      <Table caption="Replays in bulk, the newest first" columns={COLUMNS}>
        {jobs.map(({ id, filter, state, total, sent, createdAt, createdBy }) => (
          <Row>
            <Cell label="Begun" isHead>
              <a href={toJobPath(id)}>
                <Time at={createdAt} />
              </a>
            </Cell>
            <Cell label="What">{toFilterWords(filter).join(', ')}</Cell>
            <Cell label="State">
              <JobBadge state={state} />
            </Cell>
            <Cell label="Sent" align="end">
              {sent} of {total}
            </Cell>
            <Cell label="By">{createdBy}</Cell>
          </Row>
        ))}
      </Table>
    </Panel>
  )
}

interface JobPartProps {
  job: ReplayJob
  outcome: ReplayOutcome
}

/** Asks for itself while something moves: the job, or what it sent. */
export function JobPart({ job, outcome }: JobPartProps) {
  const { id, filter, state, total, sent, createdAt, createdBy } = job
  const isMoving =
    state === 'running' || outcome.waiting > 0 || (outcome.isComplete && outcome.events < sent)
  const poll = isMoving
    ? {
        'hx-get': `${toJobPath(id)}/progress`,
        'hx-trigger': 'every 2s, wake',
        'hx-swap': 'outerHTML',
      }
    : {}
  return (
    <div id="progress" class="stack" {...poll}>
      <Panel id="job" title="How far it is" aside={<JobBadge state={state} />}>
        <label for="job-sent">
          {sent} of {total} events sent
        </label>
        <progress id="job-sent" max={Math.max(total, 1)} value={total === 0 ? 1 : sent} />
        <p class="quiet">{toStateWords(job)}</p>
        <p class="quiet">
          What was dead {toFilterWords(filter).join(', ')}. Begun by {createdBy},{' '}
          <Time at={createdAt} />.
        </p>
        {isMoving && (
          <p class="without-script">
            <a href={toJobPath(id)}>Look again</a>
          </p>
        )}
        {state === 'running' && <Cancel id={id} />}
      </Panel>
      <Panel id="outcome" title="What became of them">
        <Facts facts={toOutcomeFacts(outcome)} />
        {!outcome.isComplete && (
          <p class="quiet">So many events came since that only a part of them was looked at.</p>
        )}
      </Panel>
    </div>
  )
}

function toStateWords({ state, total, sent }: ReplayJob): string {
  if (state === 'running') return 'It goes on by itself, also when you leave this page.'
  if (state === 'cancelled') return 'Cancelled: nothing more goes out. What was sent stays sent.'
  if (total === 0) return 'Nothing was dead any more.'
  if (sent < total)
    return `${total - sent} were delivered or taken away meanwhile, and were left out.`
  return 'All of it was sent.'
}

function toOutcomeFacts({ delivered, waiting, dead, events }: ReplayOutcome) {
  return [
    ['Out of the queue', `${events} events`],
    ['Deliveries made', delivered],
    ['Deliveries that wait', waiting],
    ['Dead again', dead],
  ] as const
}

function Cancel({ id }: { id: string }) {
  if (!useIsOperator()) return <></>
  return (
    <Confirm label="Cancel…" tone="bad">
      <PostForm action={`${toJobPath(id)}/cancel`}>
        <p>What was sent stays sent; nothing more goes out.</p>
        <div class="actions">
          <SubmitButton tone="bad">Cancel the replay</SubmitButton>
        </div>
      </PostForm>
    </Confirm>
  )
}
