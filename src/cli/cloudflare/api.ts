/**
 * Cloudflare's REST API, as far as the command needs it.
 *
 * Promises: every call ends within its time; what only reads is tried again when the network or
 * Cloudflare stumbles, and anything is when Cloudflare says "too many" and names a wait. A call that
 * changes something is sent once: when its answer is lost, the caller has to look what became of it.
 * The token is in no error.
 */
import { z } from 'zod'
import { WorkError } from '../terminal/errors.ts'
import { CloudflareError, toRefusal } from './api-error.ts'
import { createSend, type CallOptions, type Method, type Query, type SendOptions } from './send.ts'

/** The most that every list of the API gives at a time. */
const PAGE_SIZE = 50

export interface CloudflareApi {
  /** The `result` of an answer. */
  call<T>(method: Method, path: string, result: z.ZodType<T>, options?: CallOptions): Promise<T>
  /** The same of a GET; null where there is no such thing. */
  find<T>(path: string, result: z.ZodType<T>, query?: Query): Promise<T | null>
  /** All pages of a list. */
  list<T>(path: string, item: z.ZodType<T>, query?: Query): Promise<T[]>
  /** For what does not come in Cloudflare's envelope, e.g. a value in KV; null: 404. */
  text(path: string): Promise<string | null>
}

const Envelope = z.object({
  success: z.boolean(),
  result: z.unknown().optional(),
  errors: z.array(z.object({ code: z.number().catch(0), message: z.string().catch('') })).nullish(),
  result_info: z
    .object({
      cursor: z.string().nullish(),
      total_count: z.number().nullish(),
    })
    .nullish(),
})

export function createApi(sendOptions: SendOptions): CloudflareApi {
  const send = createSend(sendOptions)

  async function open(method: Method, path: string, options: CallOptions = {}) {
    const response = await send(method, path, options)
    const envelope = Envelope.safeParse(parseJson(await response.text()))
    if (response.ok && envelope.success && envelope.data.success) return envelope.data
    const errors = envelope.data?.errors ?? []
    throw toRefusal({ status: response.status, method, path, errors })
  }

  async function call<T>(
    method: Method,
    path: string,
    result: z.ZodType<T>,
    options?: CallOptions,
  ) {
    return read(result, (await open(method, path, options)).result, path)
  }

  return {
    call,
    async find(path, result, query = {}) {
      try {
        return await call('GET', path, result, { query })
      } catch (error) {
        if (error instanceof CloudflareError && error.status === 404) return null
        throw error
      }
    },
    async list(path, item, query = {}) {
      const items = []
      const size = 'limit' in query ? {} : { per_page: PAGE_SIZE }
      for (let at: Query = {}, page = 1; ; page += 1) {
        const answer = await open('GET', path, { query: { ...size, ...query, ...at } })
        const some = read(z.array(item), answer.result, path)
        items.push(...some)
        const next = toNextPage(answer.result_info ?? {}, page, some.length, items.length)
        if (!next) return items
        at = next
      }
    },
    async text(path) {
      const response = await send('GET', path, {})
      const text = await response.text()
      if (response.ok) return text
      if (response.status === 404) return null
      const errors = Envelope.safeParse(parseJson(text)).data?.errors ?? []
      throw toRefusal({ status: response.status, method: 'GET', path, errors })
    },
  }
}

/** Some lists go by cursor, some by page; not every one says how much there is. */
function toNextPage(
  info: { cursor?: string | null | undefined; total_count?: number | null | undefined },
  page: number,
  got: number,
  gotInAll: number,
): Query | null {
  if (typeof info.cursor === 'string') return info.cursor === '' ? null : { cursor: info.cursor }
  const isAll = info.total_count ? gotInAll >= info.total_count : got < PAGE_SIZE
  return isAll || got === 0 ? null : { page: page + 1 }
}

function read<T>(schema: z.ZodType<T>, value: unknown, path: string): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new WorkError(
    `Cloudflare's answer to ${path} is not as expected, at "${issue?.path.join('.') ?? ''}".`,
    { code: 'cloudflare_answer', next: 'Update Switchboard: the API may have changed.' },
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
