/** The top of an event's page: what it is in words, and what one wants to know first. */
import type { Child } from 'hono/jsx'
import { toKindLabel } from '../../format/kinds.ts'
import { OutcomeBadge } from '../../ui/badge.tsx'
import { Facts } from '../../ui/facts.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Time } from '../../ui/time.tsx'
import type { EventDetail, EventMessage } from '../events/shapes.ts'
import { Parties } from '../events/parties.tsx'
import { ReplayForm } from './replay-form.tsx'
import { CopiedText, VisibleText } from './visible-text.tsx'

interface EventHeaderProps {
  detail: EventDetail
  targets: readonly string[]
}

export function EventHeader({ detail, targets }: EventHeaderProps) {
  const { event } = detail
  const { from, to } = event
  const lede = (
    <>
      <Time at={event.receivedAt} />
      {(from !== null || to !== null) && (
        <>
          {' · '}
          <Parties from={from} to={to} />
        </>
      )}
      {event.kind !== null && (
        <>
          {' · '}
          <code>{event.kind}</code>
        </>
      )}
    </>
  )
  return (
    <PageHeader
      title={toKindLabel(event.kind).title}
      up={{ href: '/events', label: 'Events' }}
      lede={lede}
    >
      <OutcomeBadge outcome={event.outcome} />
      <ReplayForm detail={detail} targets={targets} />
    </PageHeader>
  )
}

type Fact = readonly [name: string, value: Child]

export function FactsPanel({ detail }: { detail: EventDetail }) {
  return (
    <Panel id="facts" title="At a glance">
      <Facts facts={toFacts(detail)} />
    </Panel>
  )
}

const toText = (name: string, value: string | null | undefined): Fact[] =>
  value === null || value === undefined || value === ''
    ? []
    : [[name, <VisibleText text={value} />]]

const toCopied = (name: string, value: string | null): Fact[] =>
  value === null ? [] : [[name, <CopiedText text={value} what={name} />]]

function toFacts({ event, stored }: EventDetail): Fact[] {
  const { subject, thread, account, endpoint, source, tookMs, id } = event
  const message = 'message' in stored ? stored.message : null
  return [
    ...toCopied('About', subject),
    ...(thread === subject ? [] : toCopied('Part of', thread)),
    ...(endpoint === null ? toText('Source', source) : [toEndpointFact(endpoint)]),
    ...toCopied('Account', account),
    ...toText('Region', message?.event.region),
    ...(tookMs === null ? [] : [['Answered in', `${tookMs} ms`] as const]),
    ...toText('Signed with', toKeyWords(message?.request.keyName)),
    ...toText('Idempotency token', message?.request.idempotencyToken),
    ...toText('Idempotency key', toOtherKey(message)),
    ...toCopied('Event', id),
  ]
}

const toEndpointFact = (endpoint: string): Fact => [
  'Endpoint',
  <a href={`/events?endpoint=${encodeURIComponent(endpoint)}`}>{endpoint}</a>,
]

/** Shows, during a rotation, which one is in use. */
const toKeyWords = (name: string | undefined): string | undefined =>
  name === undefined ? undefined : `the auth token “${name}”`

/** Twilio's token, where it came, is the key. */
function toOtherKey(message: EventMessage | null): string | undefined {
  const key = message?.event.idempotencykey
  return key === message?.request.idempotencyToken ? undefined : key
}
