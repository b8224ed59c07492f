/** A reply that the user's own app computes, within a deadline that leaves time for the way back. */
import { z } from 'zod'
import { compileStatic, type ReplyContext } from './compile-static-reply.ts'
import type { OriginReply, StaticReply } from './compiled.ts'
import { duration, outboundUrl } from './fields.ts'
import { readApart } from './field-facts.ts'
import { isPlainObject } from './json.ts'
import { at, type Report } from './problem.ts'
import { readObject } from './read-object.ts'
import { readType } from './reply-type.ts'

/** Voice and messaging: https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides */
export const TWILIO_LIMIT_MS = 15_000
/** What is left to Switchboard itself, and to the way back, when an app has used up its time. */
const ORIGIN_MARGIN_MS = 1_000
const DEFAULT_ORIGIN_DEADLINE_MS = 5_000

/** @param mostMs the longest that the app may take: less where the kind or the endpoint says so */
export function createOriginSchema(local: boolean, mostMs = TWILIO_LIMIT_MS - ORIGIN_MARGIN_MS) {
  return z.strictObject({
    origin: outboundUrl(local),
    deadline: duration(100, mostMs).default(Math.min(DEFAULT_ORIGIN_DEADLINE_MS, mostMs)),
    otherwise: readApart({ type: 'reply' }).optional(),
    when: readApart({ type: 'condition' }).optional(),
  })
}

export function compileOrigin(
  value: unknown,
  path: string,
  context: ReplyContext,
): OriginReply | null {
  const { local, report, kind, isWildcard } = context
  const limitMs = (kind?.limitMs ?? TWILIO_LIMIT_MS) - ORIGIN_MARGIN_MS
  const mostMs = Math.max(100, Math.min(limitMs, context.deadlineMs ?? limitMs))
  const reply = readObject(createOriginSchema(local, mostMs), value, path, report)
  const otherwise = compileOtherwise(value, path, context)
  if (!reply) return null
  checkWildcard(reply.origin, isWildcard, at(path, 'origin'), report)
  return { type: 'origin', url: reply.origin, deadlineMs: reply.deadline, otherwise }
}

function compileOtherwise(value: unknown, path: string, context: ReplyContext): StaticReply | null {
  const otherwise = isPlainObject(value) ? value['otherwise'] : undefined
  if (otherwise === undefined) return null
  const place = at(path, 'otherwise')
  const type = readType(otherwise, place, context.report)
  if (isPlainObject(otherwise) && 'when' in otherwise) {
    const fix = 'remove it, or write rules for the origin reply itself'
    const message = 'no "when" here: there is only one'
    context.report.add(at(place, 'when'), { code: 'unknown_key', message, fix })
  }
  if (type !== null && type !== 'origin') {
    return compileStatic(type, otherwise, place, context)
  }
  if (type === 'origin') {
    const fix = 'write { twiml }, { json } or { status }: there is no time for a second app'
    const message = 'this must be ready without waiting'
    context.report.add(place, { code: 'bad_reply', message, fix })
  }
  return null
}

function checkWildcard(url: string, isWildcard: boolean, path: string, report: Report): void {
  if (!url.includes('*') || (url.endsWith('/*') && isWildcard)) return
  report.add(path, {
    code: 'bad_url',
    message: '* takes over what matched the /* of the path, and stands only at the end',
    fix: "end both the path and the URL with '/*', or write the whole URL",
  })
}
