/** What events can be asked for: filters and cursors of the API, checked, and as the ledger wants them. */
import { z } from '@hono/zod-openapi'
import { MAX_SHARDS } from '../../events/shard.ts'
import type { EventFilter } from '../../ledger/reads/types.ts'
import type { Cursor } from '../../ledger/shards/places.ts'
import { hasRole, type Identity } from '../access/identity.ts'
import type { ConsoleDeps } from '../deps.ts'
import { ProblemError } from './problem.ts'

const Text = z.string().min(1).max(300)
const Instant = z.iso
  .datetime({ offset: true })
  .openapi({ example: '2026-11-20T10:00:00Z', description: 'RFC 3339.' })

/** Each given one must hold. */
export const FilterQuery = z.object({
  endpoint: Text.optional().openapi({ example: 'sms', description: 'The name of an endpoint.' }),
  kind: z
    .string()
    .regex(/^[a-z0-9.*_-]{1,100}$/)
    .optional()
    .openapi({ example: 'voice.*', description: 'A kind, with `*` as a wildcard.' }),
  target: z
    .string()
    .regex(/^(?:\*|[A-Za-z][A-Za-z0-9_-]{0,63})$/)
    .optional()
    .openapi({ example: 'crm', description: 'To whom it is owed; `*`: nobody can say to whom.' }),
  outcome: z.enum(['delivered', 'waiting', 'dead', 'unmatched']).optional().openapi({
    description:
      'What became of it, replays counted in; with `target`: of the delivery to that one.',
  }),
  account: Text.optional().openapi({ example: 'AC00000000000000000000000000000000' }),
  from: Instant.optional().openapi({ description: 'Received at or after.' }),
  before: Instant.optional().openapi({ description: 'Received before.' }),
  number: Text.optional().openapi({
    example: '+15005550006',
    description: 'From or to exactly this address.',
  }),
  numberPrefix: Text.optional().openapi({
    example: '+1500',
    description: 'From or to an address that begins with this. For operators.',
  }),
  sid: Text.optional().openapi({
    example: 'CA00000000000000000000000000000001',
    description: 'The SID of what it is about, of its call or message, or the id of an event.',
  }),
  text: Text.optional().openapi({
    description:
      'Anywhere in what Twilio sent; upper and lower case are the same for ASCII. For operators.',
  }),
})

export type FilterValues = z.infer<typeof FilterQuery>

/**
 * Throws a problem for what only operators may search by: a viewer would find out what is masked.
 *
 * A number is looked for as it is and, where the config redacts, as its hash. The key of those hashes
 * is the consumer's; should that not answer, what is redacted is not found.
 */
export async function toFilter(
  query: FilterValues,
  identity: Identity,
  { operations }: Pick<ConsoleDeps, 'operations'>,
): Promise<EventFilter> {
  const isHidden = query.text !== undefined || query.numberPrefix !== undefined
  if (isHidden && !hasRole(identity, 'operator')) {
    throw new ProblemError({
      status: 403,
      code: 'operators_only',
      title: 'Only operators may search by text or by parts of numbers.',
      detail: 'A whole number, a SID and everything else is for viewers, too.',
    })
  }
  const { endpoint, kind, target, outcome, account, from, before } = query
  const { number, numberPrefix, sid, text } = query
  return {
    ...(endpoint !== undefined && { endpoint }),
    ...(kind !== undefined && { kind }),
    ...(target !== undefined && { target }),
    ...(outcome !== undefined && { outcome }),
    ...(account !== undefined && { account }),
    ...(from !== undefined && { from: Date.parse(from) }),
    ...(before !== undefined && { before: Date.parse(before) }),
    ...(number !== undefined && { numbers: await withHash(number, operations) }),
    ...(numberPrefix !== undefined && { numberPrefix }),
    ...(sid !== undefined && { sid }),
    ...(text !== undefined && { text }),
  }
}

async function withHash(number: string, operations: ConsoleDeps['operations']): Promise<string[]> {
  const hash = await operations.hashValue(number).catch(() => null)
  return hash === null ? [number] : [number, hash]
}

const Seq = z.int().nonnegative()
/** Of several ledgers one for each; null: nothing is left of that one. */
const Position = z.union([Seq, z.array(Seq.nullable()).min(2).max(MAX_SHARDS)])
const PLACES = {
  /** Of a page: the place in the list where the next one begins. */
  page: z.object({ before: Position }),
  /** Of a live list: what was seen. */
  live: z.object({ after: Position }),
} as const

const toCursor = (place: object): string => Buffer.from(JSON.stringify(place)).toString('base64url')

export const toPageCursor = (before: Cursor): string => toCursor({ before })
export const toLiveCursor = (after: Cursor): string => toCursor({ after })

function parseCursor<T extends z.ZodType>(place: T) {
  return (cursor: string, context: z.RefinementCtx): z.output<T> => {
    const parsed = place.safeParse(toValue(cursor))
    if (parsed.success) return parsed.data
    context.addIssue({ code: 'custom', message: 'is no cursor that this list gave' })
    return z.NEVER
  }
}

function toValue(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    return undefined
  }
}

const CursorText = z.string().max(1_000)

export const PageCursor = CursorText.transform(parseCursor(PLACES.page)).optional().openapi({
  type: 'string',
  description: '`next` of the page before.',
})

/** An empty one is as good as none. */
export const LiveCursor = z
  .union([z.literal('').transform(() => undefined), CursorText.transform(parseCursor(PLACES.live))])
  .optional()
  .openapi({ type: 'string', description: 'The cursor that came last; without one: from now on.' })
