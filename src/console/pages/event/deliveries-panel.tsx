/** To whom the event went: each delivery as the attempts that were made, replays under their own heading. */
import { OutcomeBadge } from '../../ui/badge.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Time } from '../../ui/time.tsx'
import type { EventDetail, EventMessage, EventRun, TargetInfo } from '../events/shapes.ts'
import { Attempts } from './attempts.tsx'
import { Request } from './request.tsx'

interface DeliveriesProps {
  detail: EventDetail
  targets: ReadonlyMap<string, TargetInfo>
  /** A replay that was asked for just now, and is on its way to the ledger. */
  expected: string | null
}

/** How long a page goes on asking about a replay that does not come. */
export const isUnsettled = ({ detail, expected }: Omit<DeliveriesProps, 'targets'>): boolean => {
  const isMissing = expected !== null && !detail.runs.some(({ replay }) => replay === expected)
  return isMissing || detail.event.outcome === 'waiting' || hasWaiting(detail)
}

/** Also what is owed and has no delivery yet: a replay that is claimed, and on its way to the target. */
const hasWaiting = ({ runs }: EventDetail): boolean =>
  runs.some(
    ({ deliveries, targets }) =>
      deliveries.some(({ status }) => status === 'waiting') ||
      targets.some((name) => !deliveries.some(({ target }) => target === name)),
  )

export function DeliveriesPanel(props: DeliveriesProps) {
  const { detail, targets, expected } = props
  const [own, ...replays] = detail.runs
  const message = 'message' in detail.stored ? detail.stored.message : null
  const isMissing = expected !== null && !detail.runs.some(({ replay }) => replay === expected)
  const poll = isUnsettled(props)
    ? {
        'hx-get': toPollPath(detail.event.id, expected),
        'hx-trigger': 'every 3s, wake',
        'hx-swap': 'outerHTML',
      }
    : {}
  return (
    <div id="deliveries-part" {...poll}>
      <Panel
        id="deliveries"
        title="Deliveries"
        aside={isUnsettled(props) ? <span class="quiet">kept up to date</span> : undefined}
      >
        {own && <Run run={own} message={message} targets={targets} />}
        {replays.map((run, index) => (
          <section class="replay" id={run.replay ?? ''}>
            <h3>
              Replay {index + 1}{' '}
              <span class="quiet">
                · <Time at={run.recordedAt} />
              </span>
            </h3>
            <p class="quiet">
              <code>{run.replay}</code>
            </p>
            <Run run={run} message={message} targets={targets} />
          </section>
        ))}
        {isMissing && (
          <section class="replay">
            <h3>Replay</h3>
            <p>
              On its way: it is in the queue.{' '}
              <a href={toPagePath(detail.event.id, expected)}>Look again</a>
            </p>
          </section>
        )}
      </Panel>
    </div>
  )
}

const toPagePath = (id: string, replay: string | null): string =>
  `/events/${encodeURIComponent(id)}${replay === null ? '' : `?replay=${encodeURIComponent(replay)}`}`

const toPollPath = (id: string, replay: string | null): string =>
  `/events/${encodeURIComponent(id)}/deliveries${replay === null ? '' : `?replay=${encodeURIComponent(replay)}`}`

interface RunProps {
  run: EventRun
  message: EventMessage | null
  targets: ReadonlyMap<string, TargetInfo>
}

function Run({ run: { deliveries, targets: owed, replay }, message, targets }: RunProps) {
  if (deliveries.length === 0 && owed.length === 0) {
    return <p class="quiet">No target takes this kind of event. The config says which ones do.</p>
  }
  const untold = owed.filter((name) => !deliveries.some(({ target }) => target === name))
  return (
    <ul class="deliveries">
      {deliveries.map((delivery) => (
        <li>
          <TargetHead name={delivery.target} status={delivery.status} />
          {delivery.target !== '*' && (
            <Request info={targets.get(delivery.target)} message={message} replay={replay} />
          )}
          <Attempts delivery={delivery} />
        </li>
      ))}
      {untold.map((name) => (
        <li>
          <TargetHead name={name} status="waiting" />
          <p class="quiet">Nothing is recorded yet.</p>
        </li>
      ))}
    </ul>
  )
}

function TargetHead({ name, status }: { name: string; status: 'waiting' | 'delivered' | 'dead' }) {
  return (
    <p class="delivery-head">
      {name === '*' ? (
        <strong>Nobody can say to whom</strong>
      ) : (
        <a href={`/targets/${encodeURIComponent(name)}`}>
          <strong>{name}</strong>
        </a>
      )}{' '}
      <OutcomeBadge outcome={status} />
    </p>
  )
}
