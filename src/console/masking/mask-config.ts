/**
 * The config as a viewer sees it. It is written by the people who look after it, so it stays readable:
 * names, paths, kinds, conditions and replies are shown. Masked are phone numbers in conditions and
 * replies, the values of headers, and of URLs everything but the origin: the path of a webhook is often
 * its password. Secrets are not in a config; their names are. Pure.
 */
import type {
  CompiledConfig,
  CompiledReply,
  CompiledTarget,
  Condition,
  StaticReply,
} from '../../config/compiled.ts'
import type { Json } from '../../events/event.ts'
import { maskAddress, maskText } from './mask-text.ts'

export function maskConfig({ endpoints, targets, ...rest }: CompiledConfig): CompiledConfig {
  return {
    ...rest,
    endpoints: endpoints.map(({ replies, ...endpoint }) => ({
      ...endpoint,
      replies: replies.map(maskReply),
    })),
    targets: targets.map(maskTarget),
  }
}

function maskReply({ when, ...reply }: CompiledReply): CompiledReply {
  const condition = maskCondition(when)
  if (reply.type !== 'origin') return { when: condition, ...maskStaticReply(reply) }
  const { url, otherwise } = reply
  return {
    ...reply,
    when: condition,
    url: toOrigin(url),
    otherwise: otherwise && maskStaticReply(otherwise),
  }
}

function maskStaticReply(reply: StaticReply): StaticReply {
  if (reply.type === 'twiml') return { ...reply, twiml: maskNumbers(reply.twiml) }
  return reply.type === 'json' ? { ...reply, json: maskMembers(reply.json) } : reply
}

function maskTarget({ url, where, headers, ...target }: CompiledTarget): CompiledTarget {
  const hidden = Object.entries(headers).map(([name, value]) => [name, maskText(value)] as const)
  return {
    ...target,
    url: url === '' ? '' : toOrigin(url),
    where: maskCondition(where),
    headers: Object.fromEntries(hidden),
  }
}

function toOrigin(url: string): string {
  if (!URL.canParse(url)) return maskText(url)
  const { origin, pathname, search } = new URL(url)
  return pathname === '/' && search === '' ? origin : `${origin}/••••`
}

function maskCondition(condition: Condition | null): Condition | null {
  if (!condition) return null
  return Object.fromEntries(
    Object.entries(condition).map(([path, value]) => [maskNumbers(path), maskMembers(value)]),
  )
}

function maskMembers(value: Json): Json {
  if (typeof value === 'string') return maskNumbers(value)
  if (typeof value === 'number') {
    const text = String(value)
    return maskNumbers(text) === text ? value : maskNumbers(text)
  }
  if (Array.isArray(value)) return value.map(maskMembers)
  return typeof value === 'object' ? maskCondition(value) : value
}

/** Eight digits or more, as people write them; the digits of a SID are none. */
const SID_OR_NUMBER = /\b[A-Z]{2}[0-9a-f]{32}\b|\+?\d(?:[\s().-]*\d){7,}/g

export const maskNumbers = (text: string): string =>
  text.replaceAll(SID_OR_NUMBER, (found) => (/^[A-Z]/.test(found) ? found : maskAddress(found)))
