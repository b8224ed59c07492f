/** What Twilio got back: its status and type, TwiML laid out, and what a caller hears in words beside it. */
import { narrateReply } from '../../../twilio/narrate.ts'
import { toPrettyTwiml } from '../../../twilio/pretty-twiml.ts'
import { Facts } from '../../ui/facts.tsx'
import { Panel } from '../../ui/panel.tsx'
import type { EventAnswer, EventDetail } from '../events/shapes.ts'
import { toPartPath } from './parts.ts'
import { VisibleText } from './visible-text.tsx'
import { WholePart } from './whole-part.tsx'

export function ReplyPanel({ detail }: { detail: EventDetail }) {
  const { reply, event } = detail
  return (
    <Panel id="reply" title="What Twilio got back">
      {reply === null ? (
        <p class="quiet">{toAbsence(detail)}</p>
      ) : (
        <Answer
          answer={reply}
          kind={event.kind ?? 'unknown'}
          path={toPartPath(event.id, 'reply')}
        />
      )}
    </Panel>
  )
}

function toAbsence({ event, stored }: EventDetail): string {
  if (event.source !== null && event.endpoint === null) {
    return 'Nothing of its own: it came in a batch, or from the gateway itself.'
  }
  if (stored.state === 'unreadable') return 'Not known: nobody can read what is in the ledger.'
  return (
    'Not recorded. An app was asked whose answer has not reached the ledger (yet), or the event is ' +
    'from a version that did not record answers.'
  )
}

interface AnswerProps {
  answer: EventAnswer
  kind: string
  path: string
}

function Answer({ answer, kind, path }: AnswerProps) {
  const { status, contentType, body, from } = answer
  const steps = narrateReply(answer, kind)
  return (
    <div class="columns">
      <div class="stack">
        <Facts
          facts={[
            ['Status', <code>{status}</code>],
            ...(contentType === null
              ? []
              : [['Type', <VisibleText text={contentType} />] as const]),
            ['Decided by', <VisibleText text={toOrigin(from)} />],
          ]}
        />
        <ul class="steps" aria-label="In words">
          {steps.map(({ depth, verb, text, isReached }) => (
            <li class={`depth-${Math.min(depth, 4)}${isReached ? '' : ' is-unreached'}`}>
              {verb !== '' && <code class="chip">{verb}</code>} <VisibleText text={text} />
              {!isReached && <span class="quiet"> (never reached)</span>}
            </li>
          ))}
        </ul>
      </div>
      {body !== null && body !== '' && (
        <WholePart
          id="reply-body"
          title="The answer, laid out"
          what="the answer"
          text={toLaidOut(body, contentType)}
          path={path}
          isOpen={body.length < 3_000}
        />
      )}
    </div>
  )
}

function toOrigin(from: string): string {
  if (from === 'config') return 'the config: a rule of the endpoint'
  if (from === 'default') return 'the default of its kind: no rule of the endpoint held'
  if (from === 'mismatch')
    return 'the default of its kind: the rule’s answer does not fit this kind'
  if (from === 'origin') return 'your app, behind origin'
  if (from.startsWith('otherwise.')) {
    return `the config, in place of your app (${from.slice('otherwise.'.length).replaceAll('_', ' ')})`
  }
  return from
}

function toLaidOut(body: string, contentType: string | null): string {
  if (contentType?.includes('json') !== true) return toPrettyTwiml(body)
  try {
    return JSON.stringify(JSON.parse(body), null, 2)
  } catch {
    return body
  }
}
