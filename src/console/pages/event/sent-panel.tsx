/** What Twilio sent: the parameters as a table, the request as it came, and both to take along. */
import { parseForm, type Param } from '../../../twilio/params.ts'
import { Panel } from '../../ui/panel.tsx'
import { Cell, Row, Table } from '../../ui/table.tsx'
import { Notice } from '../../ui/notice.tsx'
import type { EventDetail, EventMessage } from '../events/shapes.ts'
import { createBudget, LongText, type Budget } from './long-text.tsx'
import { toPartPath } from './parts.ts'
import { VisibleText } from './visible-text.tsx'
import { WholePart } from './whole-part.tsx'

interface SentPanelProps {
  detail: EventDetail
}

export function SentPanel({ detail }: SentPanelProps) {
  const { stored, event } = detail
  const title = 'What Twilio sent'
  if (stored.state === 'gone') {
    return (
      <Panel id="sent" title={title}>
        <p class="quiet">
          It is not in the ledger any more: an event of this size is kept apart for 15 days.
        </p>
      </Panel>
    )
  }
  if (stored.state === 'unreadable') return <Unreadable id={event.id} text={stored.text} />
  return (
    <Panel id="sent" title={title}>
      <div class="stack">
        {stored.state === 'redacted' && <Redacted names={stored.message.redacted ?? []} />}
        <Parameters message={stored.message} id={event.id} budget={createBudget()} />
        <Raw message={stored.message} id={event.id} />
      </div>
    </Panel>
  )
}

function Unreadable({ id, text }: { id: string; text: string }) {
  return (
    <Panel id="sent" title="What was in the queue">
      <p>This is no message of Switchboard’s. It is kept as it came.</p>
      <WholePart
        id="raw"
        title="The text"
        what="the text"
        text={text}
        path={toPartPath(id, 'request')}
        isOpen
      />
    </Panel>
  )
}

function Redacted({ names }: { names: readonly string[] }) {
  return (
    <Notice tone="calm">
      The config keeps these out of the ledger: <VisibleText text={names.join(', ')} />. In their
      place are hashes that tell only whether two are the same.
    </Notice>
  )
}

interface PartProps {
  message: EventMessage
  id: string
}

function Parameters({ message, id, budget }: PartProps & { budget: Budget }) {
  const pairs = toPairs(message.request)
  if (pairs.length === 0) return <p class="quiet">No parameters: see the request as it came.</p>
  return (
    <Table caption="Parameters, in the order in which they came" columns={COLUMNS}>
      {pairs.map(([name, value]) => (
        <Row>
          <Cell isHead class="param-name">
            <VisibleText text={name.length > 200 ? `${name.slice(0, 200)}…` : name} />
          </Cell>
          <Cell class="param-value">
            {value === '' ? (
              <span class="quiet">empty</span>
            ) : (
              <LongText text={value} budget={budget} wholePath={toPartPath(id, 'request')} />
            )}
          </Cell>
        </Row>
      ))}
    </Table>
  )
}

const COLUMNS = [{ label: 'Name' }, { label: 'Value' }]

/** Of the query and of a form. A JSON body has no pairs: it is shown as it came. */
function toPairs({ query, body, contentType, encoding }: EventMessage['request']): Param[] {
  const isForm = contentType.toLowerCase().startsWith('application/x-www-form-urlencoded')
  return [...parseForm(query), ...(isForm && encoding === 'utf-8' ? parseForm(body) : [])]
}

function Raw({ message: { request }, id }: PartProps) {
  const isForm = toPairs(request).length > 0
  return (
    <WholePart
      id="raw"
      title="The request as it came"
      what="the request as it came"
      text={toRaw(request)}
      path={toPartPath(id, 'request')}
      isOpen={!isForm}
      {...(request.encoding === 'base64'
        ? { note: 'The body is no text; it is shown as base64.' }
        : {})}
    />
  )
}

/** As HTTP has it, with the headers that the record keeps. */
export function toRaw(request: EventMessage['request']): string {
  const { method, query, contentType, idempotencyToken, body } = request
  const head = [
    `${method} ${query === '' ? '' : `?${query}`}`.trimEnd(),
    ...(contentType === '' ? [] : [`content-type: ${contentType}`]),
    ...(idempotencyToken === undefined ? [] : [`i-twilio-idempotency-token: ${idempotencyToken}`]),
  ]
  return `${head.join('\n')}\n\n${body}`
}
