/** What every product of the stand-in does with rows: a page of them, one of them, a change of one. */
import { NOT_FOUND, toError, type Answer, type Call } from './route.ts'
import type { Json, Row } from './state.ts'

export interface Slice {
  rows: Row[]
  page: number
  pageSize: number
  start: number
  /** The query of the next page; null: this is the last one. */
  next: string | null
}

/** 50 a page unless PageSize says otherwise. PageToken only has to be carried along. */
export function toSlice(rows: readonly Row[], query: URLSearchParams, maxPage: number): Slice {
  const page = Number(query.get('Page') ?? 0)
  const pageSize = Math.min(maxPage, Number(query.get('PageSize') ?? 50))
  const start = page * pageSize
  const isLast = start + pageSize >= rows.length
  const last = rows[start + pageSize - 1]
  return {
    rows: rows.slice(start, start + pageSize),
    page,
    pageSize,
    start,
    next: isLast ? null : `PageSize=${pageSize}&Page=${page + 1}&PageToken=PA${last?.sid}`,
  }
}

export function answerRow(rows: readonly Row[], sid: string | undefined): Answer {
  const row = rows.find((each) => each.sid === sid)
  return row ? { status: 200, body: { ...row } } : NOT_FOUND
}

/**
 * Changes a row as Twilio does: only what is sent, by names that exist. An empty text takes a value
 * away, and reads as it does for a row that never had one: `empty`.
 */
export function changeRow(
  rows: readonly Row[],
  sid: string | undefined,
  { form }: Call,
  empty: Json,
): Answer {
  const row = rows.find((each) => each.sid === sid)
  if (!row) return NOT_FOUND
  const values: Record<string, Json> = {}
  for (const [name, text] of form) {
    const field = name.replaceAll(/(?!^)[A-Z]/g, '_$&').toLowerCase()
    const before = row[field]
    if (before === undefined) return toError(400, 20001, `Unknown parameter ${name}`)
    if (field.endsWith('_method') && !/^(?:GET|POST)$/.test(text)) {
      return toError(400, 21403, `${name} is not valid`)
    }
    if (/(?:_url|_callback)$/.test(field) && text !== '' && !URL.canParse(text)) {
      return toError(400, 21402, `${name} is not valid`)
    }
    values[field] = typeof before === 'boolean' ? text === 'true' : text === '' ? empty : text
  }
  Object.assign(row, values)
  return { status: 200, body: { ...row } }
}
