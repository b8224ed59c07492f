/** How a target stands right now: paused, down or in order; how much went well, waits, is dead. */
import { formatRelative } from '../../format/numbers.ts'
import { useFrame } from '../../ui/frame.ts'
import { Notice } from '../../ui/notice.tsx'
import { Text } from '../../ui/text.tsx'
import { Tile, Tiles } from '../../ui/tiles.tsx'
import { Time } from '../../ui/time.tsx'
import { StateBadge } from './targets.tsx'
import { toAttempts, toCount, toRate, toState, type Target } from './words.ts'

export function Standing({ target }: { target: Target }) {
  const { paused, breaker } = target
  return (
    <div id="target-state" class="stack">
      {paused && (
        <Notice tone="wait" icon="paused">
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

export function TargetFigures({ target: { success, waiting, dead } }: { target: Target }) {
  const { now } = useFrame()
  const oldest = waiting.oldestReceivedAt
  return (
    <div id="target-figures">
      <Tiles>
        <Tile
          label="Success, last hour"
          value={toRate(success.hour)}
          note={toAttempts(success.hour)}
        />
        <Tile
          label="Success, last day"
          value={toRate(success.day)}
          note={toAttempts(success.day)}
        />
        <Tile
          label="Waiting"
          value={toCount(waiting)}
          note={
            oldest === null
              ? 'nothing waits'
              : `the oldest came ${formatRelative(Date.parse(oldest), now)}`
          }
          {...(waiting.count > 0 && { tone: 'wait' as const })}
        />
        <Tile
          label="Dead"
          value={toCount(dead)}
          note={dead.count === 0 ? 'nothing' : 'also what was replayed since'}
          {...(dead.count > 0 && { tone: 'bad' as const })}
        />
      </Tiles>
    </div>
  )
}
