/**
 * The `slack` format: an event as a message for people, as Slack's incoming webhooks take it, and with
 * them Mattermost, Discord (`…/slack`), Rocket.Chat and Google Chat: a POST of `{ "text": "…" }`.
 *
 * Switchboard's own events, Twilio's debugger and its usage triggers are told in words of their own;
 * every other event in one line with who, to whom and what. Text of other people is escaped
 * (`slack-text.ts`). Such a service ignores the headers of Standard Webhooks.
 */
import type { SwitchboardEvent } from '../events/event.ts'
import type { EventMessage } from '../events/message.ts'
import { isOwnKind } from '../events/own-kinds.ts'
import { ok, type Result } from '../result.ts'
import type { Content, Receiver, RequestProblem } from './format.ts'
import { toDebuggerLines, toOwnLines, toUsageLines } from './slack-alerts.ts'
import { readText } from './slack-fields.ts'
import { toInline, toInlineList, toQuote } from './slack-text.ts'

/** Discord refuses a longer one; Slack cuts at 40,000. */
export const MAX_TEXT_CHARS = 2_000

export function toSlackContent(
  message: EventMessage,
  target: Receiver,
): Result<Content, RequestProblem> {
  return ok({
    url: target.url,
    method: 'POST',
    headers: [['content-type', 'application/json']],
    body: new TextEncoder().encode(JSON.stringify({ text: toSlackText(message) })),
  })
}

const SPECIAL: ReadonlyMap<string, (event: SwitchboardEvent) => string[]> = new Map([
  ['debugger', toDebuggerLines],
  ['usage.trigger', toUsageLines],
])

/** At most MAX_TEXT_CHARS characters. What somebody wrote comes last, as a quotation. */
export function toSlackText({ event, replay }: EventMessage): string {
  const toLines = isOwnKind(event.kind) ? toOwnLines : (SPECIAL.get(event.kind) ?? toPlainLines)
  const lines = [
    ...toLines(event),
    toInlineList([event.subject, event.id, replay && `replay ${replay}`]),
  ]
  const head = lines.filter((line) => line !== '').join('\n')
  const body = readText(event.data, 'body')
  return body === null ? head : `${head}\n${toQuote(body, MAX_TEXT_CHARS - head.length - 1)}`
}

/** Of `data`, what tells most of a webhook that is not known better: its name, and how it is called. */
const SHOWN: readonly (readonly [name: string, label: string])[] = [
  ['from', 'from'],
  ['to', 'to'],
  ['author', 'by'],
  ['messageStatus', 'status'],
  ['callStatus', 'status'],
  ['errorCode', 'error'],
]

const ENDPOINT = '/endpoints/'

function toPlainLines({ kind, type, source, data }: SwitchboardEvent): string[] {
  const place = source.startsWith(ENDPOINT) ? `at ${source.slice(ENDPOINT.length)}` : `(${type})`
  const fields = SHOWN.map(([name, label]) => {
    const value = readText(data, name)
    return value && `${label} ${value}`
  })
  return [`*${toInline(kind, 100)}* ${toInline(place, 100)}`, toInlineList(fields)]
}
