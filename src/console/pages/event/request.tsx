/**
 * What a target was sent, as far as the ledger and the config tell: the request is made anew for each
 * attempt and kept nowhere. By the config of now: when it was sent, it may have been another.
 */
import type { EventMessage, TargetInfo } from '../events/shapes.ts'
import { VisibleText } from './visible-text.tsx'

interface RequestProps {
  /** Undefined: the config has no such target (any more). */
  info: TargetInfo | undefined
  /** Null: nobody can read it. */
  message: EventMessage | null
  replay: string | null
}

export function Request({ info, message, replay }: RequestProps) {
  if (!info) return <p class="quiet request">The config has no such target any more.</p>
  const { url, format, secrets } = info
  const how = format === 'twilio' ? 'Twilio’s request, signed anew' : format
  const signed = secrets.length > 0 ? ` · signed with ${secrets.join(', ')}` : ''
  return (
    <>
      <p class="quiet request">
        <code>{url === null ? 'a URL that is a secret' : toPlace(url)}</code> · {how}
        {signed}
      </p>
      {message && (
        <details>
          <summary>The request</summary>
          <pre tabindex={0}>
            <VisibleText text={toLines(info, message, replay).join('\n')} />
          </pre>
        </details>
      )}
    </>
  )
}

/** Without the query, which may be a key. */
function toPlace(url: string): string {
  const parsed = URL.parse(url)
  return parsed === null ? url : `${parsed.host}${parsed.pathname}`
}

const TYPES = {
  cloudevents: 'application/cloudevents+json; charset=utf-8',
  slack: 'application/json',
} as const

/** The headers that one looks for in a log; see docs/delivery.md. */
function toLines(info: TargetInfo, message: EventMessage, replay: string | null): string[] {
  const { format, url, secrets } = info
  const { event, request } = message
  const isTwilio = format === 'twilio'
  const type = isTwilio ? request.contentType : TYPES[format]
  return [
    `${isTwilio ? request.method : 'POST'} ${url === null ? '(a secret)' : toPlace(url)}`,
    ...(type === '' ? [] : [`content-type: ${type}`]),
    ...(isTwilio ? ['x-twilio-signature: made for this URL'] : []),
    `webhook-id: ${event.id}`,
    'webhook-timestamp: of the attempt',
    ...(secrets.length > 0 ? [`webhook-signature: by ${secrets.join(', ')}`] : []),
    `traceparent: ${event.traceparent}`,
    ...(replay === null ? [] : [`switchboard-replay: ${replay}`]),
  ]
}
