/** The figures at the top: each leads to the list that it counts. */
import { formatCount, formatDuration, formatRelative } from '../../format/numbers.ts'
import { useFrame } from '../../ui/frame.ts'
import { Tile, Tiles } from '../../ui/tiles.tsx'
import type { OverviewAnswer } from './words.ts'

export function Figures({ overview }: { overview: OverviewAnswer }) {
  const { total, unmatched, replies, backlog, dead, from } = overview
  const since = new URLSearchParams({ from }).toString()
  return (
    <div id="figures">
      <Tiles>
        <Tile
          label="Webhooks"
          value={<Figure id="figure-total" href={`/events?${since}`} text={formatCount(total)} />}
          note={toUnmatched(unmatched)}
        />
        <Tile
          label="Replies, 95 % within"
          value={replies.p95 === null ? '–' : formatDuration(replies.p95)}
          note={
            replies.p50 === null ? 'none is known' : `half within ${formatDuration(replies.p50)}`
          }
        />
        <Tile
          label="Waiting now"
          value={
            <Figure id="figure-waiting" href="/events?outcome=waiting" text={toCount(backlog)} />
          }
          note={<Oldest at={backlog.oldestReceivedAt} />}
          {...(backlog.count > 0 && { tone: 'wait' as const })}
        />
        <Tile
          label="Dead now"
          value={<Figure id="figure-dead" href="/dead" text={toCount(dead)} />}
          note={dead.count === 0 ? 'nothing to replay' : 'replay them when the target is well'}
          {...(dead.count > 0 && { tone: 'bad' as const })}
        />
      </Tiles>
    </div>
  )
}

/** With an id, so that the focus stays on it when the figures are renewed. */
function Figure({ id, href, text }: { id: string; href: string; text: string }) {
  return (
    <a id={id} href={href}>
      {text}
    </a>
  )
}

function Oldest({ at }: { at: string | null }) {
  const { now } = useFrame()
  if (at === null) return <>nothing waits</>
  return (
    <>
      the oldest came{' '}
      <time datetime={at} title={at}>
        {formatRelative(Date.parse(at), now)}
      </time>
    </>
  )
}

const toCount = ({ count, isAtLeast }: { count: number; isAtLeast: boolean }): string =>
  `${formatCount(count)}${isAtLeast ? '+' : ''}`

const toUnmatched = (unmatched: number): string =>
  unmatched === 0 ? 'each matched a target' : `${formatCount(unmatched)} matched no target`
