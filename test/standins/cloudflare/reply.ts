/** What the stand-in answers with: Cloudflare's envelope, or a refusal in it. */

export interface Reply {
  status: number
  result?: unknown
  resultInfo?: Record<string, unknown>
  errors?: { code: number; message: string }[]
  /** Instead of an envelope. */
  text?: string
}

export const ok = (result: unknown, resultInfo?: Record<string, unknown>): Reply => ({
  status: 200,
  result,
  ...(resultInfo ? { resultInfo } : {}),
})

export const refuse = (status: number, code: number, message: string): Reply => ({
  status,
  errors: [{ code, message }],
})

export function toBody({ status, result = null, resultInfo, errors = [], text }: Reply): string {
  if (text !== undefined) return text
  return JSON.stringify({
    success: status < 400,
    result,
    errors,
    messages: [],
    ...(resultInfo ? { result_info: resultInfo } : {}),
  })
}

/** One page of a list, as most of the API gives it. */
export function toPage(items: readonly unknown[], query: URLSearchParams): Reply {
  const size = Number(query.get('per_page') ?? 20)
  const page = Number(query.get('page') ?? 1)
  const some = items.slice((page - 1) * size, page * size)
  return ok(some, {
    page,
    per_page: size,
    count: some.length,
    total_count: items.length,
    total_pages: Math.max(1, Math.ceil(items.length / size)),
  })
}
