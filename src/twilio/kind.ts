/**
 * What is known about one kind of webhook, and how a row of the table is written.
 *
 * Rows are plain data in a short form (names in one string, separated by spaces); `defineKind` turns
 * a row into a `Kind` once, when the module loads. Everything that differs from kind to kind is here,
 * so that a new kind is a new row and nothing else.
 */
import type { StaticReply } from '../config/compiled.ts'
import type { Params } from './params.ts'
import type { ValueType } from './values.ts'

/** One way to tell a kind from its parameters; a lower `priority` is tried first. */
export interface Rule {
  readonly priority: number
  /** Every one of these came. */
  readonly all: readonly string[]
  /** At least one of these came. Empty: not asked. */
  readonly any: readonly string[]
  /** None of these came. */
  readonly none: readonly string[]
  /** A name that came must match; one that did not come says nothing. */
  readonly where: readonly (readonly [name: string, pattern: RegExp])[]
}

/** A value of one parameter that decides which Event Streams type it is. */
export interface EventTypeByValue {
  readonly of: string
  readonly types: ReadonlyMap<string, string>
}

export interface Kind {
  readonly name: string
  readonly product: string
  /** Empty: told by the transport (WebSocket, JSON batch) or pinned by the endpoint. */
  readonly rules: readonly Rule[]
  /** What Twilio wants back; `any`: not known. */
  readonly reply: 'twiml' | 'json' | 'none' | 'any'
  /** The status of an answer that says only "received". */
  readonly okStatus: 200 | 204
  /** What is safe to answer when the endpoint says nothing. Gives one of a few constant objects. */
  readonly defaultReply: (params: Params) => StaticReply
  /** Whether an app's status outside 2xx is its decision (a rejection), not its failure. */
  readonly decidesByStatus: (status: number) => boolean
  /** Content-Type for an answer without a body, where Twilio asks for one. */
  readonly contentType: string | null
  /** Twilio's time limit for the reply, milliseconds. */
  readonly limitMs: number
  /** Natural id: the first of these names that has a value. */
  readonly subject: readonly string[]
  /**
   * The parts that together name one webhook, each with its alternatives. `a[].b` reads a JSON list.
   * Null: only the idempotency token tells a retry from a new request (a TwiML URL may be asked many
   * times in one call).
   */
  readonly key: readonly (readonly string[])[] | null
  /** Parameters that order the webhooks of one subject. */
  readonly order: readonly string[]
  /** Name in Twilio's Event Streams catalogue; null where it has none. */
  readonly eventType: string | EventTypeByValue | null
  /** Types of parameters that mean something else here than everywhere else. */
  readonly types: ReadonlyMap<string, ValueType> | null
  /** The documented parameters in Twilio's order; `Name?` is optional. `listParams` reads it. */
  readonly params: string
  readonly body: 'form' | 'json' | 'websocket'
  /** False: the parameters were not found in Twilio's documentation or a capture. */
  readonly verified: boolean
}

export interface RuleRow {
  at: number
  all?: string
  any?: string
  none?: string
  where?: Record<string, RegExp>
}

export interface KindRow {
  name: string
  /** Default: the first word of the name. */
  product?: string
  detect?: RuleRow[]
  reply: Kind['reply']
  /** Default: 204 for `none`, 200 otherwise. */
  okStatus?: 200
  /** Default: an empty document for `twiml` and `any`, else the bare `okStatus`. */
  defaultReply?: StaticReply | Kind['defaultReply']
  /** Lowest and highest status that is a decision. */
  decisions?: [min: number, max: number]
  contentType?: string
  /** Default: 15 000. */
  limitMs?: number
  /** `A|B`: alternatives. */
  subject?: string
  /** Parts separated by spaces, alternatives by `|`. */
  key?: string
  order?: string
  /** A whole name, or values of a parameter: `value` or `value=end of the name`. */
  eventType?: string | { of: string; prefix: string; values: string }
  types?: Record<string, ValueType>
  params: string
  body?: 'json' | 'websocket'
  verified?: false
}

/**
 * Twilio's limit for voice and messaging requests, retries included
 * (https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides).
 */
const DEFAULT_LIMIT_MS = 15_000

/**
 * No further instruction. An empty body would be error 11770 or 12100; an empty document sends no
 * message, and in a call it ends what is left to do.
 */
export const EMPTY_TWIML: StaticReply = { type: 'twiml', twiml: '<Response/>' }

const words = (text: string | undefined): string[] => (text === undefined ? [] : text.split(' '))

export function defineKind(row: KindRow): Kind {
  const okStatus = row.okStatus ?? (row.reply === 'none' ? 204 : 200)
  const { defaultReply = toDefaultReply(row.reply, okStatus), decisions } = row
  return {
    name: row.name,
    product: row.product ?? row.name.split('.', 1)[0] ?? row.name,
    rules: (row.detect ?? []).map(toRule),
    reply: row.reply,
    okStatus,
    defaultReply: typeof defaultReply === 'function' ? defaultReply : () => defaultReply,
    decidesByStatus: (status) =>
      decisions !== undefined && status >= decisions[0] && status <= decisions[1],
    contentType: row.contentType ?? null,
    limitMs: row.limitMs ?? DEFAULT_LIMIT_MS,
    subject: row.subject?.split('|') ?? [],
    key: row.key === undefined ? null : words(row.key).map((part) => part.split('|')),
    order: words(row.order),
    eventType: toEventTypeRule(row.eventType),
    types: row.types === undefined ? null : new Map(Object.entries(row.types)),
    params: row.params,
    body: row.body ?? 'form',
    verified: row.verified ?? true,
  }
}

function toDefaultReply(reply: Kind['reply'], okStatus: number): StaticReply {
  return reply === 'twiml' || reply === 'any' ? EMPTY_TWIML : { type: 'status', status: okStatus }
}

function toRule(row: RuleRow): Rule {
  return {
    priority: row.at,
    all: words(row.all),
    any: words(row.any),
    none: words(row.none),
    where: Object.entries(row.where ?? {}),
  }
}

function toEventTypeRule(row: KindRow['eventType']): Kind['eventType'] {
  if (typeof row !== 'object') return row ?? null
  const types = words(row.values).map((entry): [string, string] => {
    const [value = entry, end = value] = entry.split('=')
    return [value, row.prefix + end]
  })
  return { of: row.of, types: new Map(types) }
}

export interface ParamInfo {
  name: string
  optional: boolean
}

/** The documented parameters of a kind, each once, in Twilio's order. `*` stands for any. */
export function listParams(kind: Kind): ParamInfo[] {
  const infos = new Map<string, ParamInfo>()
  for (const word of words(kind.params)) {
    const optional = word.endsWith('?')
    const name = optional ? word.slice(0, -1) : word
    if (!infos.has(name)) infos.set(name, { name, optional })
  }
  return [...infos.values()]
}
