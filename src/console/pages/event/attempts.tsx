/** The attempts of one delivery, the oldest first: what was answered, how long it took, what came next. */
import { Time } from '../../ui/time.tsx'
import type { Attempt as AttemptItem, Delivery } from '../events/shapes.ts'
import { formatDuration } from '../../format/numbers.ts'
import { explainReason } from '../../format/reasons.ts'
import { VisibleText } from './visible-text.tsx'

const FOLD_FROM = 8

export function Attempts({ delivery }: { delivery: Delivery }) {
  const { history, attempts, status, reason, nextAt } = delivery
  const unknown = attempts - history.length
  const early = history.length > FOLD_FROM ? history.slice(0, -3) : []
  return (
    <>
      {unknown > 0 && <p class="quiet">{unknown} earlier attempts were counted, not recorded.</p>}
      {early.length > 0 && (
        <details>
          <summary>{early.length} earlier attempts</summary>
          <Timeline attempts={early} />
        </details>
      )}
      <Timeline attempts={history.slice(early.length)} />
      {status !== 'delivered' && <Reason code={reason} />}
      {status === 'waiting' && nextAt !== null && (
        <p class="quiet">
          Tried {history.length === 0 ? '' : 'again '}at <Time at={nextAt} form="time" /> or a
          little later.
        </p>
      )}
    </>
  )
}

function Timeline({ attempts }: { attempts: readonly AttemptItem[] }) {
  if (attempts.length === 0) return <></>
  return (
    <ol class="timeline">
      {attempts.map((attempt) => (
        <Attempt attempt={attempt} />
      ))}
    </ol>
  )
}

const TONES: Readonly<Record<string, string>> = { delivered: 'is-good', dead: 'is-bad' }

function Attempt({ attempt }: { attempt: AttemptItem }) {
  const { number, at, durationMs, status, verdict, reason, excerpt } = attempt
  return (
    <li class={TONES[verdict] ?? 'is-wait'}>
      <p>
        <strong>{status === null ? 'no answer' : `HTTP ${status}`}</strong>
        <span class="quiet">
          {' '}
          · attempt {number} · <Time at={at} /> · {formatDuration(durationMs)}
        </span>
      </p>
      {reason !== null && reason !== `answered ${status}` && (
        <p>
          <VisibleText text={reason} />
        </p>
      )}
      {excerpt !== '' && (
        <details>
          <summary>What it answered</summary>
          <pre tabindex={0}>
            <VisibleText text={excerpt} />
          </pre>
        </details>
      )}
    </li>
  )
}

/** Why it is where it is, and what helps. */
export function Reason({ code }: { code: string | null }) {
  if (code === null) return <></>
  const { title, explanation, next } = explainReason(code)
  return (
    <p class="reason">
      <strong>
        <VisibleText text={title} />.
      </strong>{' '}
      {explanation} {next}
    </p>
  )
}
