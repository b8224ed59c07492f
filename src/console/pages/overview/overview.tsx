/**
 * How it goes, at a glance: how much came, how fast it was answered, what became of it, what waits.
 *
 * The page asks for itself every 15 seconds, or more rarely for longer times, and takes over only what is new in it (`PARTS`): neither the
 * focus nor an opened table moves.
 */
import { Histogram } from '../../charts/histogram.tsx'
import { StackedBars } from '../../charts/stacked-bars.tsx'
import { toPaint } from '../../charts/pattern.tsx'
import { formatDuration } from '../../format/numbers.ts'
import { Notice } from '../../ui/notice.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Empty } from '../../ui/state.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { Figures } from './figures.tsx'
import { TargetRates } from './target-rates.tsx'
import {
  RANGES,
  RANGE_WORDS,
  toKindTitle,
  toRangePath,
  toStableOrder,
  type OverviewAnswer,
} from './words.ts'

const PARTS = [
  'figures',
  'kinds-plot',
  'kinds-rows',
  'outcomes-plot',
  'outcomes-rows',
  'replies-plot',
  'replies-rows',
  'rates-rows',
]

export function OverviewPage({ overview }: { overview: OverviewAnswer }) {
  const { range } = overview
  const { words, refresh } = RANGE_WORDS[range]
  const tabs = RANGES.map((one) => ({
    href: toRangePath(one),
    label: RANGE_WORDS[one].label,
    isCurrent: one === range,
  }))
  return (
    <>
      <PageHeader title="Overview" lede={`Of ${words}.`}>
        <Tabs label="Time" items={tabs} />
      </PageHeader>
      <div
        hidden
        hx-get={toRangePath(range)}
        hx-trigger={`every ${refresh}, wake`}
        hx-swap="none"
        hx-select-oob={PARTS.map((id) => `#${id}`).join(',')}
      ></div>
      <OverviewContent overview={overview} />
    </>
  )
}

export function OverviewContent({ overview }: { overview: OverviewAnswer }) {
  const { sampledOneOf, total, targets } = overview
  return (
    <>
      <Figures overview={overview} />
      {sampledOneOf > 1 && (
        <Notice tone="calm">
          There is too much to count it all in time: every {sampledOneOf}th event was looked at.
          What waits and what is dead is exact.
        </Notice>
      )}
      {total === 0 && (
        <Empty
          title="No webhook came in this time."
          hint="If Twilio should call: does each number have its URL?"
        >
          <a class="button" href="/config#urls">
            The URLs for Twilio
          </a>
        </Empty>
      )}
      <div class="columns">
        <KindsPanel overview={overview} />
        <OutcomesPanel overview={overview} />
        <Panel id="replies-panel" title="Replies by time taken">
          <Histogram id="replies" title="Replies by time taken" times={overview.replies} />
        </Panel>
        <Panel id="rates-panel" title="Targets" aside={<a href="/targets">All targets</a>}>
          <TargetRates targets={targets} />
        </Panel>
      </div>
    </>
  )
}

function toFrame({ from, until, bucketMs }: OverviewAnswer) {
  return { from: Date.parse(from), until: Date.parse(until), bucketMs }
}

function KindsPanel({ overview }: { overview: OverviewAnswer }) {
  const { kinds, events, bucketMs } = overview
  const order = toStableOrder(kinds)
  return (
    <Panel id="kinds-panel" title="Webhooks by kind" aside={<a href="/events">All events</a>}>
      <StackedBars
        id="kinds"
        title="Webhooks by kind"
        unit={`webhooks per ${formatDuration(bucketMs)}`}
        parts={order.map((at, i) => ({ label: toKindTitle(kinds[at] ?? ''), paint: toPaint(i) }))}
        buckets={events.map(({ at, counts }) => ({
          at: Date.parse(at),
          counts: order.map((i) => counts[i] ?? 0),
        }))}
        {...toFrame(overview)}
      />
    </Panel>
  )
}

const OUTCOMES = [
  { label: 'delivered', paint: 'good' as const },
  { label: 'waiting', paint: 'wait' as const },
  { label: 'dead', paint: 'bad' as const },
]

function OutcomesPanel({ overview }: { overview: OverviewAnswer }) {
  const { deliveries, bucketMs } = overview
  return (
    <Panel
      id="outcomes-panel"
      title="Deliveries by outcome"
      aside={<a href="/dead">What is dead</a>}
    >
      <StackedBars
        id="outcomes"
        title="Deliveries by outcome"
        unit={`deliveries per ${formatDuration(bucketMs)}`}
        parts={OUTCOMES}
        buckets={deliveries.map(({ at, delivered, waiting, dead }) => ({
          at: Date.parse(at),
          counts: [delivered, waiting, dead],
        }))}
        {...toFrame(overview)}
      />
    </Panel>
  )
}
