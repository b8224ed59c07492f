/**
 * Endpoints prepared for answering: found by path, with their conditions and templates compiled.
 *
 * Exact paths win over wildcards, a longer wildcard over a shorter one. Paths compare byte for byte
 * with the URL's pathname.
 */
import {
  compileJson,
  compileTemplate,
  type JsonTemplate,
  type Template,
} from '../twilio/template.ts'
import type { CompiledConfig, CompiledEndpoint, OriginReply, StaticReply } from './compiled.ts'
import { compileCondition, type Matcher } from './condition.ts'
import { remembersReplies } from './remember.ts'

export type PreparedStatic =
  | { type: 'twiml'; template: Template }
  | { type: 'json'; status: number; json: JsonTemplate }
  | { type: 'status'; status: number }

export type PreparedOrigin = Omit<OriginReply, 'otherwise'> & { otherwise: PreparedStatic | null }

/** `when` null: always. */
export type PreparedReply = (PreparedStatic | PreparedOrigin) & { when: Matcher | null }

export interface PreparedEndpoint extends Omit<CompiledEndpoint, 'replies' | 'remember'> {
  replies: PreparedReply[]
  /** Whether a retry gets the recorded reply; else it is computed again. */
  remembers: boolean
}

export interface Route {
  endpoint: PreparedEndpoint
  /** What matched the endpoint's `/*`, without a leading slash; empty for an exact path. */
  rest: string
}

export interface PreparedEndpoints {
  find(path: string): Route | null
}

/** Throws for a config that `compileConfig` did not make. */
export function prepareEndpoints(config: CompiledConfig): PreparedEndpoints {
  const exact = new Map<string, Route>()
  const wildcards: { prefix: string; endpoint: PreparedEndpoint }[] = []
  for (const compiled of config.endpoints) {
    const endpoint = toPreparedEndpoint(compiled)
    const { path } = endpoint
    if (path.endsWith('/*')) wildcards.push({ prefix: path.slice(0, -1), endpoint })
    else exact.set(path, { endpoint, rest: '' })
  }
  wildcards.sort((a, b) => b.prefix.length - a.prefix.length)

  return {
    find(path) {
      const route = exact.get(path)
      if (route) return route
      for (const { prefix, endpoint } of wildcards) {
        if (path.startsWith(prefix)) return { endpoint, rest: path.slice(prefix.length) }
      }
      return null
    },
  }
}

function toPreparedEndpoint(compiled: CompiledEndpoint): PreparedEndpoint {
  const { remember: _, ...endpoint } = compiled
  const replies = compiled.replies.map((reply): PreparedReply => {
    const when = reply.when ? compileCondition(reply.when) : null
    if (reply.type !== 'origin') return { ...toPreparedStatic(reply), when }
    const otherwise = reply.otherwise ? toPreparedStatic(reply.otherwise) : null
    return { ...reply, otherwise, when }
  })
  return { ...endpoint, replies, remembers: remembersReplies(compiled) }
}

/** Also for the safe default of a kind. */
export function toPreparedStatic(reply: StaticReply): PreparedStatic {
  if (reply.type === 'twiml') return { type: 'twiml', template: compileTemplate(reply.twiml) }
  if (reply.type === 'status') return reply
  return { type: 'json', status: reply.status, json: compileJson(reply.json) }
}
