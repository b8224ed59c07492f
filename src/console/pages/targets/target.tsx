/** One target: how it stands, what failed and why, how it is called, and what one can do about it. */
import type { ProblemInit } from '../../api/problem.ts'
import { formatDuration } from '../../format/numbers.ts'
import { Facts } from '../../ui/facts.tsx'
import { useIsOperator } from '../../ui/frame.ts'
import { PageHeader } from '../../ui/page-header.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Patterns } from '../../ui/patterns.tsx'
import { ActionsPanel } from './actions.tsx'
import { FailuresPanel } from './failures.tsx'
import { LanesPanel } from './lanes.tsx'
import { Standing, TargetFigures } from './standing.tsx'
import { TARGETS_PATH, toLimit, toSchedule, toTargetPath, type Target } from './words.ts'

interface TargetPageProps {
  target: Target
  /** Of the form that sends a test. */
  testId: string
  /** As it was asked for, when it was not taken. */
  pause?: { reason: string; problem: ProblemInit } | undefined
}

const PARTS = '#target-state,#target-figures,#failures,#lanes'

export function TargetPage({ target, testId, pause }: TargetPageProps) {
  const { name } = target
  const query = new URLSearchParams({ target: name }).toString()
  return (
    <>
      <PageHeader title={name} up={{ href: TARGETS_PATH, label: 'Targets' }}>
        <a class="button" href={`/events?${query}`}>
          Its events
        </a>
        <a class="button" href={`/dead?${query}`}>
          What is dead
        </a>
      </PageHeader>
      <div
        hidden
        hx-get={toTargetPath(name)}
        hx-trigger="every 15s, wake"
        hx-swap="none"
        hx-select-oob={PARTS}
      ></div>
      <Standing target={target} />
      <TargetFigures target={target} />
      {useIsOperator() && <ActionsPanel target={target} testId={testId} pause={pause} />}
      <FailuresPanel target={target} />
      <div class="columns">
        <CallPanel target={target} />
        <LanesPanel lanes={target.lanes} />
      </div>
    </>
  )
}

function CallPanel({ target }: { target: Target }) {
  const { url, urlSecret, events, hasCondition, format, timeoutMs, retryMs, limit } = target
  return (
    <Panel id="call" title="How it is called">
      <Facts
        facts={[
          [
            'URL',
            url === null ? (
              <>
                in the secret <code>{urlSecret}</code>
              </>
            ) : (
              <code>{url}</code>
            ),
          ],
          [
            'Gets',
            <>
              <Patterns events={events} />
              {hasCondition && ', narrowed down by a condition of the config'}
            </>,
          ],
          ['Format', format],
          ['Time to answer', formatDuration(timeoutMs)],
          ['Limit', toLimit(limit)],
          ['Tries again', toSchedule(retryMs)],
        ]}
      />
    </Panel>
  )
}
