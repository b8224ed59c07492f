/**
 * Whether an endpoint's replies are recorded, so that a retry gets the one that the first got. Pure.
 *
 * A record costs a write and a look-up in KV for each webhook. Most replies follow from the request
 * and the config alone: a retry is the same request, so its reply is computed again, and is the same.
 * Two are not: what an app answers (asking again has effects), and what depends on the hour.
 *
 * Weak: a reply that is computed again is the one of the config that counts then. A retry from before
 * a `push` gets the new reply, or, from an isolate that has not heard of it, the old one.
 */
import type { Json } from '../events/event.ts'
import type { CompiledEndpoint, Condition } from './compiled.ts'
import { isCombinator } from './condition.ts'

/** An app's answer is always recorded, whatever the endpoint says. */
export function remembersReplies({
  remember,
  replies,
}: Pick<CompiledEndpoint, 'remember' | 'replies'>): boolean {
  if (replies.some(({ type }) => type === 'origin')) return true
  return remember ?? replies.some(({ when }) => when !== null && usesClock(when))
}

/** Below a parameter's name there are only operators, which know no time. */
function usesClock(condition: Condition): boolean {
  return Object.entries(condition).some(([key, operand]) => {
    if (!isCombinator(key)) return false
    return key === '$time' || toConditions(operand).some(usesClock)
  })
}

function toConditions(operand: Json): Condition[] {
  if (Array.isArray(operand)) return operand.flatMap(toConditions)
  return typeof operand === 'object' && operand !== null ? [operand] : []
}
