/** One target: how it stands, what failed and why, how it is called, and what one can do about it. */
import type { ProblemInit } from '../../api/problem.ts'
import { formatDuration, formatRelative } from '../../format/numbers.ts'
import { Facts } from '../../ui/facts.tsx'
import { useFrame, useIsOperator } from '../../ui/frame.ts'
import { Notice } from '../../ui/notice.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Text } from '../../ui/text.tsx'
import { Tile, Tiles } from '../../ui/tiles.tsx'
import { Time } from '../../ui/time.tsx'
import { ActionsPanel } from './actions.tsx'
import { FailuresPanel } from './failures.tsx'
import { LanesPanel } from './lanes.tsx'
import { StateBadge } from './targets.tsx'
import {
  TARGETS_PATH,
  toAttempts,
  toCount,
  toLimit,
  toRate,
  toSchedule,
  toState,
  toTargetPath,
  type Target,
} from './words.ts'

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

function Standing({ target }: { target: Target }) {
  const { paused, breaker } = target
  return (
    <div id="target-state" class="stack">
      {paused && (
        <Notice tone="wait">
          <strong>Paused</strong> since <Time at={paused.since} />: <Text value={paused.reason} />.
          Nothing is sent; what is owed waits.
        </Notice>
      )}
      {!paused && breaker.state === 'open' && (
        <Notice tone="bad">
          <strong>Down</strong>
          {breaker.since !== null && (
            <>
              {' '}
              since <Time at={breaker.since} />
            </>
          )}
          . Only a probe goes out now and then
          {breaker.until !== null && (
            <>
              , the next one from <Time at={breaker.until} form="time" /> on
            </>
          )}
          . What waits costs no attempt.
        </Notice>
      )}
      {!paused && breaker.state !== 'open' && (
        <p>
          <StateBadge state={toState(target)} />
          {breaker.state === 'unknown' && (
            <span class="quiet"> The consumer did not say in time how it stands.</span>
          )}
        </p>
      )}
    </div>
  )
}

function TargetFigures({ target: { success, waiting, dead } }: { target: Target }) {
  const { now } = useFrame()
  const oldest = waiting.oldestReceivedAt
  return (
    <div id="target-figures">
      <Tiles>
        <Tile
          label="Attempts that succeeded, last hour"
          value={toRate(success.hour)}
          note={toAttempts(success.hour)}
        />
        <Tile label="Last day" value={toRate(success.day)} note={toAttempts(success.day)} />
        <Tile
          label="Waiting"
          value={toCount(waiting)}
          note={
            oldest === null ? 'nothing waits' : `since ${formatRelative(Date.parse(oldest), now)}`
          }
          {...(waiting.count > 0 && { tone: 'wait' as const })}
        />
        <Tile
          label="Dead"
          value={toCount(dead)}
          note="also what was replayed since"
          {...(dead.count > 0 && { tone: 'bad' as const })}
        />
      </Tiles>
    </div>
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
            url === null ? <>in the secret {<code>{urlSecret}</code>}</> : <code>{url}</code>,
          ],
          [
            'Gets',
            <>
              <code>{events.join(', ')}</code>
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
