/** The replies of an endpoint, each with its rule, in the order in which they are tried. */
import { readCondition } from './check-condition.ts'
import { compileOrigin } from './compile-origin-reply.ts'
import { compileStatic, type ReplyContext } from './compile-static-reply.ts'
import type { CompiledReply, Condition, OriginReply, StaticReply } from './compiled.ts'
import { isPlainObject } from './json.ts'
import { at, type Report } from './problem.ts'
import { readType } from './reply-type.ts'

export function compileReplies(
  value: unknown,
  path: string,
  context: ReplyContext,
): CompiledReply[] {
  if (value === undefined) return []
  const items: readonly (readonly [unknown, string])[] = Array.isArray(value)
    ? value.map((item: unknown, i) => [item, at(path, i)] as const)
    : [[value, path]]
  const replies: CompiledReply[] = []
  let unconditional: string | null = null
  for (const [item, place] of items) {
    if (unconditional !== null) {
      context.report.add(place, {
        code: 'unreachable_reply',
        message: `never used: ${unconditional} has no "when" and always answers`,
        fix: 'move it before that one, or give that one a "when"',
      })
    }
    const when = compileWhen(item, place, context.report)
    if (when === null) unconditional ??= place
    const reply = compileReply(item, place, context)
    if (reply) replies.push({ ...reply, when })
  }
  return replies
}

function compileWhen(value: unknown, path: string, report: Report): Condition | null {
  if (!isPlainObject(value) || value['when'] === undefined) return null
  // A broken condition is reported, and is still no "always".
  return readCondition(value['when'], at(path, 'when'), report, { time: true }) ?? {}
}

function compileReply(
  value: unknown,
  path: string,
  context: ReplyContext,
): StaticReply | OriginReply | null {
  const type = readType(value, path, context.report)
  if (type === null) return null
  return type === 'origin'
    ? compileOrigin(value, path, context)
    : compileStatic(type, value, path, context)
}
