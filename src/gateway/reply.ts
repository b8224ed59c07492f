/**
 * What Twilio gets back: the first reply of the endpoint whose condition holds, else the kind's safe
 * default. Everything but `origin` is computed in memory.
 */
import type { StaticReply } from '../config/compiled.ts'
import {
  toPreparedStatic,
  type PreparedEndpoint,
  type PreparedOrigin,
  type PreparedStatic,
} from '../config/routes.ts'
import { isOverBytes } from '../events/batches.ts'
import type { Kind } from '../twilio/kind.ts'
import type { Params } from '../twilio/params.ts'
import { MAX_TWIML_BYTES } from '../twilio/twiml.ts'
import { renderJson, renderTemplate } from '../twilio/template.ts'
import type { AskOrigin, OriginRequest } from './origin.ts'
import { TWIML_TYPE, type Reply } from './response.ts'

export interface ReplyRequest {
  endpoint: PreparedEndpoint
  kind: Kind
  params: Params
  /** Milliseconds since the epoch. */
  now: number
  /** How long an origin may take at most, whatever its own deadline says, milliseconds. */
  limitMs: number
  toOriginRequest: () => OriginRequest
}

export function decideReply(request: ReplyRequest, askOrigin: AskOrigin): Reply | Promise<Reply> {
  const { endpoint, kind, params } = request
  const get = (name: string) => params.get(name)
  const clock = { now: request.now }
  const chosen = endpoint.replies.find(({ when }) => when === null || when(get, clock))
  if (!chosen) return toDefaultReply(kind, params)
  if (chosen.type !== 'origin') return toStaticReply(chosen, kind, params, 'config')
  return replyFromOrigin(chosen, request, askOrigin)
}

async function replyFromOrigin(
  reply: PreparedOrigin,
  { kind, params, limitMs, toOriginRequest }: ReplyRequest,
  askOrigin: AskOrigin,
): Promise<Reply> {
  const deadlineMs = Math.min(reply.deadlineMs, limitMs)
  const answer = await askOrigin(reply.url, toOriginRequest(), kind, deadlineMs)
  if (answer.ok) return answer.value
  const from = `otherwise.${answer.error.reason}` as const
  return reply.otherwise
    ? toStaticReply(reply.otherwise, kind, params, from)
    : { ...toDefaultReply(kind, params), from }
}

function toStaticReply(
  reply: PreparedStatic,
  kind: Kind,
  params: Params,
  from: Reply['from'],
): Reply {
  const get = (name: string) => params.get(name)
  if (!canAnswer(reply, kind)) return { ...toDefaultReply(kind, params), from: 'mismatch' }
  switch (reply.type) {
    case 'twiml': {
      const body = renderTemplate(reply.template, get)
      // Twilio refuses a larger document (error 11750); only placeholders can have made it so.
      if (isOverBytes(body, MAX_TWIML_BYTES)) return toDefaultReply(kind, params)
      return { status: 200, contentType: TWIML_TYPE, body, cookies: [], from }
    }
    case 'json': {
      const body = JSON.stringify(renderJson(reply.json, get))
      return { status: reply.status, contentType: 'application/json', body, cookies: [], from }
    }
    case 'status':
      return {
        status: toStatus(reply.status, kind),
        contentType: kind.contentType,
        body: '',
        cookies: [],
        from,
      }
  }
}

/**
 * An endpoint may get kinds that its author did not think of. TwiML is no decision, and JSON is an
 * error that a caller hears (12300); a callback that asks for nothing takes anything.
 */
function canAnswer(reply: PreparedStatic, kind: Kind): boolean {
  if (reply.type === 'twiml') return kind.reply !== 'json'
  return reply.type === 'status' || kind.reply !== 'twiml'
}

/** Some callbacks take exactly 200 for an answer (error 60330). */
function toStatus(status: number, kind: Kind): number {
  return kind.reply === 'none' && kind.okStatus === 200 && status < 300 ? 200 : status
}

/** What is safe for a kind when the endpoint says nothing; a row of the kinds' table. */
function toDefaultReply(kind: Kind, params: Params): Reply {
  return toStaticReply(prepareDefault(kind.defaultReply(params)), kind, params, 'default')
}

/** The table's defaults are a few constant objects. */
const preparedDefaults = new Map<StaticReply, PreparedStatic>()

function prepareDefault(reply: StaticReply): PreparedStatic {
  const known = preparedDefaults.get(reply)
  if (known) return known
  const prepared = toPreparedStatic(reply)
  preparedDefaults.set(reply, prepared)
  return prepared
}
