/** What the ledger has about events as the API gives it: instants in words, and masked for viewers. */
import type { z } from '@hono/zod-openapi'
import type { Answer, EventMessage } from '../../events/message.ts'
import type { SwitchboardEvent } from '../../events/event.ts'
import type {
  AttemptRow,
  DeliveryDetail,
  EventDetail,
  EventRow,
  OriginAnswer,
  StoredMessage,
} from '../../ledger/reads/types.ts'
import type { AllEvents, AllLive } from '../../ledger/shards/events.ts'
import { hasRole, type Identity } from '../access/identity.ts'
import {
  maskAddress,
  maskEvent,
  maskExcerpt,
  maskId,
  maskMessage,
  maskReason,
  maskReply,
  maskText,
} from '../masking/mask.ts'
import { toLiveCursor, toPageCursor } from './event-query.ts'
import * as schemas from './event-schemas.ts'

const toInstant = (at: number): string => new Date(at).toISOString()
const toInstantOrNull = (at: number | null): string | null => (at === null ? null : toInstant(at))

export interface Answers {
  toItems(rows: readonly EventRow[]): z.infer<typeof schemas.EventItem>[]
  toPage(page: AllEvents): z.infer<typeof schemas.EventList>
  toLive(page: AllLive): z.infer<typeof schemas.LiveList>
  toDetail(detail: EventDetail): z.infer<typeof schemas.EventDetail>
  toStored(stored: StoredMessage): z.infer<typeof schemas.Stored>
}

/** For whom: an operator sees everything. */
export function createAnswers(identity: Identity): Answers {
  const isMasked = !hasRole(identity, 'operator')
  const mask = <T>(value: T, masked: (value: T) => T): T => (isMasked ? masked(value) : value)

  function toItem(row: EventRow): z.infer<typeof schemas.EventItem> {
    const { eventId, receivedAt, kind, endpoint, tookMs, outcome, deliveries, replays } = row
    const { source, account, subject } = isMasked ? maskNames(row) : row
    const maskedAddress = (address: string | null) =>
      address === null ? null : mask(address, maskAddress)
    return {
      id: mask(eventId, maskId),
      receivedAt: toInstant(receivedAt),
      kind,
      endpoint,
      source,
      account,
      subject,
      thread: row.thread === null ? null : mask(row.thread, maskId),
      from: maskedAddress(row.fromAddress),
      to: maskedAddress(row.toAddress),
      tookMs,
      outcome,
      deliveries,
      replays,
    }
  }

  function toStored(stored: StoredMessage): z.infer<typeof schemas.Stored> {
    if (stored.state === 'gone') return stored
    if (stored.state === 'unreadable') return { ...stored, text: mask(stored.text, maskText) }
    const { event, request, reply, redacted } = mask<EventMessage>(stored.message, maskMessage)
    const message = { event, request, ...(reply && { reply }), ...(redacted && { redacted }) }
    return { state: stored.state, message }
  }

  function toReply({ stored, originAnswer }: EventDetail): Answer | null {
    const reply = 'message' in stored ? stored.message.reply : undefined
    const answer = reply ?? parseAnswer(originAnswer)
    return answer && mask<Answer>(answer, maskReply)
  }

  const toAttempt = ({ at, reason, excerpt, nextAt, ...attempt }: AttemptRow) => ({
    ...attempt,
    at: toInstant(at),
    reason: reason === null ? null : mask(reason, maskReason),
    excerpt: mask(excerpt, maskExcerpt),
    nextAt: toInstantOrNull(nextAt),
  })

  const toDelivery = ({ nextAt, updatedAt, reason, history, ...delivery }: DeliveryDetail) => ({
    ...delivery,
    nextAt: toInstantOrNull(nextAt),
    updatedAt: toInstantOrNull(updatedAt),
    reason: reason === null ? null : mask(reason, maskReason),
    history: history.map(toAttempt),
  })

  return {
    toItems: (rows) => rows.map(toItem),
    toStored,
    toPage: ({ rows, next, searchedTo, live }) => ({
      items: rows.map(toItem),
      next: next === null ? null : toPageCursor(next),
      searchedTo: toInstantOrNull(searchedTo),
      live: live === null ? null : toLiveCursor(live),
    }),
    toLive: ({ rows, after, more }) => ({
      items: rows.map(toItem),
      after: toLiveCursor(after),
      more,
    }),
    toDetail: (detail) => ({
      event: toItem(detail.event),
      recordedAt: toInstant(detail.event.recordedAt),
      stored: toStored(detail.stored),
      reply: toReply(detail),
      runs: detail.runs.map(({ replay, recordedAt, targets, deliveries }) => ({
        replay,
        recordedAt: toInstant(recordedAt),
        targets,
        deliveries: deliveries.map(toDelivery),
      })),
    }),
  }
}

/** By the same rules as in the event itself. */
function maskNames({ source, account, subject, kind }: EventRow) {
  const event: SwitchboardEvent = {
    specversion: '1.0',
    id: '',
    source: source ?? '',
    type: '',
    time: '',
    datacontenttype: 'application/json',
    kind: kind ?? 'unknown',
    traceparent: '',
    data: null,
    ...(account !== null && { account }),
    ...(subject !== null && { subject }),
  }
  const masked = maskEvent(event)
  return {
    source: source === null ? null : masked.source,
    account: masked.account ?? null,
    subject: masked.subject ?? null,
  }
}

/** Null: there is none, or one that this version does not understand. */
function parseAnswer(recorded: OriginAnswer | null): Answer | null {
  if (recorded === null) return null
  try {
    const parsed = schemas.Answer.safeParse(JSON.parse(recorded.answer))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}
