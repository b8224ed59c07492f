/**
 * A log line of a Worker as one line for a person. Pure.
 *
 * Promises: nothing is lost that this file does not know, which is shown as it came; and nothing is
 * shown but names, codes and numbers, so that a whole event in a line (`event.unstored`) stays out.
 */
import { z } from 'zod'
import { LOG_WORDS, toShortId, type Mark } from './log-words.ts'

export type Style = 'green' | 'yellow' | 'red' | 'cyan' | 'dim'
export type Paint = (style: Style, text: string) => string

export interface LineContext {
  at: Date
  /** The path of an endpoint, by its name. */
  pathOf: (endpoint: string) => string | undefined
  paint: Paint
}

/** @param text as the Worker logged it */
export function toLogLine(text: string, context: LineContext): string {
  const line = parseLine(text)
  const shown = line && showLine(line, context)
  return shown ? `${toClock(context)}  ${shown}` : text
}

/** `10:02:13`, in the developer's own time zone. */
export function toClock({ at, paint }: Pick<LineContext, 'at' | 'paint'>): string {
  return paint('dim', at.toTimeString().slice(0, 8))
}

const LINE = z.looseObject({ event: z.string() })
type Line = z.infer<typeof LINE>

function parseLine(text: string): Line | null {
  if (!text.startsWith('{')) return null
  try {
    return LINE.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}

function showLine(line: Line, context: LineContext): string | null {
  if (line.event === 'webhook.received') return showWebhook(line, context)
  if (line.event === 'delivery.attempted') return showDelivery(line, context)
  const words = LOG_WORDS[line.event]
  if (!words) return null
  const [mark, text] = words(line)
  return `${context.paint(MARK_STYLES[mark], mark)} ${text}`
}

const MARK_STYLES: Record<Mark, Style> = { '·': 'dim', '!': 'yellow', '✗': 'red' }

const WEBHOOK = z.object({
  method: z.string(),
  endpoint: z.string().nullable(),
  kind: z.string().nullable(),
  status: z.number(),
  verdict: z.string(),
  reason: z.string().nullable(),
  hint: z.string().nullable(),
  events: z.number(),
  eventId: z.string().nullable(),
  reply: z.string().nullable(),
  stored: z.string().nullable(),
  faults: z.array(z.string()),
  ms: z.object({ total: z.number() }),
})

const VERDICT_STYLES: Record<string, Style> = {
  accepted: 'green',
  duplicate: 'cyan',
  unstored: 'red',
  refused: 'red',
  rejected: 'yellow',
}

function showWebhook(line: Line, { pathOf, paint }: LineContext): string | null {
  const { data } = WEBHOOK.safeParse(line)
  if (!data) return null
  const { method, endpoint, kind, status, verdict, reason, hint, eventId, ms } = data
  const path = endpoint === null ? null : (pathOf(endpoint) ?? endpoint)
  const why = reason === null ? '' : `: ${reason}`
  return join([
    `${paint('cyan', '←')} ${method}${path === null ? '' : ` ${path}`}`,
    kind,
    String(status),
    paint(VERDICT_STYLES[verdict] ?? 'yellow', verdict + why),
    hint,
    ...toRemarks(data),
    `${Math.round(ms.total)} ms`,
    eventId !== null && paint('dim', toShortId(eventId)),
  ])
}

/** What a developer would want to know, and is not so when all is well. */
function toRemarks({ reply, stored, events, faults }: z.infer<typeof WEBHOOK>): string[] {
  return [
    ...(events > 1 ? [`${events} events`] : []),
    ...(reply?.startsWith('otherwise.') ? [`origin: ${reply.slice('otherwise.'.length)}`] : []),
    ...(reply === 'mismatch' ? ['the reply does not fit the kind: its default was given'] : []),
    ...(stored === 'outbox' ? ['in the outbox'] : []),
    ...(faults.length > 0 ? [`without ${faults.join(', ')}`] : []),
  ]
}

const DELIVERY = z.object({
  eventId: z.string(),
  kind: z.string(),
  target: z.string(),
  attempt: z.number(),
  status: z.number().nullable(),
  durationMs: z.number(),
  verdict: z.string(),
  reason: z.string().nullable(),
  delayMs: z.number().nullable(),
  replay: z.string().optional(),
})

function showDelivery(line: Line, { paint }: LineContext): string | null {
  const { data } = DELIVERY.safeParse(line)
  if (!data) return null
  const { target, kind, status, attempt, verdict, durationMs, eventId, replay } = data
  const isDelivered = verdict === 'delivered'
  const answer = `${status ?? data.reason ?? 'no answer'} on attempt ${attempt}`
  return join([
    `${paint('cyan', '→')} ${target}`,
    kind,
    paint(isDelivered ? 'green' : verdict === 'dead' ? 'red' : 'yellow', answer + toEnd(data)),
    `${Math.round(durationMs)} ms`,
    replay !== undefined && replay,
    paint('dim', toShortId(eventId)),
  ])
}

function toEnd({ verdict, delayMs }: z.infer<typeof DELIVERY>): string {
  if (verdict === 'delivered') return ''
  if (verdict === 'retry') return `, again in ${toDuration(delayMs ?? 0)}`
  return verdict === 'gone' ? ', which pauses the target' : `, ${verdict}`
}

/** `800 ms`, `5 s`, `30 min`, `2 h`. */
export function toDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 90_000) return `${Math.round(ms / 1_000)} s`
  return ms < 5_400_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`
}

const join = (parts: readonly (string | null | false)[]): string =>
  parts.filter((part) => part !== null && part !== false && part !== '').join('  ')
