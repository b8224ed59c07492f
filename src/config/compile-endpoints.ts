/** Endpoints of a config: path, pinned kind, deadline, and what they reply. */
import { z } from 'zod'
import { ok } from '../result.ts'
import type { Kind } from '../twilio/kind.ts'
import { findKind, KIND_NAMES } from '../twilio/kinds.ts'
import type { CompiledEndpoint, CompiledReply } from './compiled.ts'
import { TWILIO_LIMIT_MS } from './compile-origin-reply.ts'
import { compileReplies } from './compile-replies.ts'
import type { ReplyContext } from './compile-static-reply.ts'
import { suggest } from './did-you-mean.ts'
import { parseDuration } from './duration.ts'
import { checkName, duration, path as pathField } from './fields.ts'
import { FIELD_FACTS, readApart } from './field-facts.ts'
import { isPlainObject } from './json.ts'
import { at, type Report } from './problem.ts'
import { complain, field, readObject } from './read-object.ts'

export interface EndpointContext {
  readFile: (path: string) => string
  local: boolean
  report: Report
}

export function compileEndpoints(
  endpoints: Record<string, unknown>,
  context: EndpointContext,
): CompiledEndpoint[] {
  const { report } = context
  const compiled: CompiledEndpoint[] = []
  for (const [name, value] of Object.entries(endpoints)) {
    const path = at('endpoints', name)
    const complaint = checkName(name)
    if (complaint) report.add(path, complaint)
    const endpoint = compileEndpoint(name, value, path, context)
    if (!endpoint) continue
    const twin = compiled.find((other) => other.path === endpoint.path)
    if (twin) {
      report.add(at(path, 'path'), {
        code: 'duplicate_path',
        message: `"${endpoint.path}" already belongs to the endpoint "${twin.name}"`,
        fix: 'give each endpoint a path of its own; one endpoint can have several replies',
      })
    }
    compiled.push(endpoint)
  }
  return compiled
}

const kindField = field("a kind such as 'voice.inbound'", (text) => {
  const kind = findKind(text)
  if (kind) return ok(kind)
  const fix = suggest(text, KIND_NAMES, 'see the list of kinds, or leave it out')
  return complain('unknown_kind', `"${text}" is no kind of webhook`, fix)
}).register(FIELD_FACTS, { type: 'name of a kind' })

const yesOrNo = z.boolean().register(FIELD_FACTS, { type: 'true or false' })

/** @param limitMs how long Twilio waits for the kind */
export function createEndpointSchema(limitMs = TWILIO_LIMIT_MS) {
  return z.strictObject({
    path: pathField,
    kind: kindField.optional(),
    // Below the limit: the answer still has to travel.
    deadline: duration(100, limitMs - 1).optional(),
    reply: readApart({ type: 'reply, or list of replies' }).optional(),
    remember: yesOrNo.optional(),
  })
}

function compileEndpoint(
  name: string,
  value: unknown,
  path: string,
  context: EndpointContext,
): CompiledEndpoint | null {
  const raw = isPlainObject(value) ? value : {}
  const kind = (typeof raw['kind'] === 'string' ? findKind(raw['kind']) : undefined) ?? null
  const schema = createEndpointSchema(kind?.limitMs)
  const endpoint = readObject(schema, value, path, context.report)
  const replies = compileReplies(raw['reply'], at(path, 'reply'), replyContext(raw, kind, context))
  if (!endpoint) return null
  const { remember } = endpoint
  if (remember === false) checkForgetting(replies, at(path, 'remember'), context.report)
  const deadlineMs = endpoint.deadline ?? null
  const told = remember === undefined ? {} : { remember }
  return { name, path: endpoint.path, kind: kind?.name ?? null, deadlineMs, replies, ...told }
}

function checkForgetting(replies: readonly CompiledReply[], path: string, report: Report): void {
  if (!replies.some(({ type }) => type === 'origin')) return
  report.add(path, {
    code: 'conflict',
    message: "an app's answer has to be remembered: a retry would ask the app once more",
    fix: 'leave it out, or give the app an endpoint of its own',
  })
}

/** What the replies have to fit, taken from the raw endpoint: they are checked whatever else is wrong. */
function replyContext(
  raw: { [name: string]: unknown },
  kind: Kind | null,
  context: EndpointContext,
): ReplyContext {
  const { path, deadline } = raw
  const deadlineMs = typeof deadline === 'string' ? parseDuration(deadline) : null
  return { ...context, kind, deadlineMs, isWildcard: String(path).endsWith('/*') }
}
