/**
 * The console's JSON, and what is near to it:
 *
 *     { "method": "POST", "url": "https://…", "headers": { … } or [["name", "value"], …],
 *       "body": "text", "encoding": "base64" (only when the body is) }
 *
 * `parameters` (an object or pairs) may stand for a form's body, as Twilio's Request Inspector and
 * frameworks' logs have it; its bytes are then made again. A list of requests, `{ "request": … }` and
 * what ngrok's API answers (`{ "requests": [{ "request": { "raw": … } }] }`) are read as well.
 */
import { Buffer } from 'node:buffer'
import { z } from 'zod'
import { toAbsoluteUrl, type CapturedRequest, type Header } from './captured-request.ts'
import { parseRawHttp } from './raw-http.ts'

const text = z.union([z.string(), z.number(), z.boolean()]).transform(String)
const texts = z.union([text.transform((one) => [one]), z.array(text)])

const pairs = z.union([
  z.array(z.tuple([z.string(), text])),
  z
    .array(z.object({ name: z.string(), value: text }))
    .transform((list) => list.map(({ name, value }): [string, string] => [name, value])),
  z
    .record(z.string(), texts)
    .transform((object) =>
      Object.entries(object).flatMap(([name, values]) =>
        values.map((value): [string, string] => [name, value]),
      ),
    ),
])

const requestSchema = z.object({
  method: z.string().default('POST'),
  url: z.string(),
  headers: pairs.default([]),
  body: z.string().nullish(),
  encoding: z.enum(['base64', 'utf-8', 'utf8']).default('utf-8'),
  parameters: pairs.optional(),
})

const rawSchema = z.object({ raw: z.string() })
const wrapped = z.object({ request: z.unknown() })
const listed = z.object({ requests: z.array(z.unknown()) })

/** Every request of it; null when a part is none. */
export function parseRequestJson(json: unknown): CapturedRequest[] | null {
  if (Array.isArray(json)) return toAll(json)
  const list = listed.safeParse(json)
  if (list.success) return toAll(list.data.requests)
  const inner = wrapped.safeParse(json)
  const one = inner.success && inner.data.request !== undefined ? inner.data.request : json
  const raw = rawSchema.safeParse(one)
  if (raw.success) return [parseRawHttp(Buffer.from(raw.data.raw, 'base64'))]
  const request = requestSchema.safeParse(one)
  return request.success ? [toRequest(request.data)] : null
}

function toAll(list: readonly unknown[]): CapturedRequest[] | null {
  const parsed = list.map((each) => (Array.isArray(each) ? null : parseRequestJson(each)))
  return parsed.length === 0 || parsed.includes(null) ? null : parsed.flatMap((each) => each ?? [])
}

const FORM_TYPE: Header = ['content-type', 'application/x-www-form-urlencoded']

function toRequest(request: z.infer<typeof requestSchema>): CapturedRequest {
  const { method, url, body, encoding, parameters } = request
  const isRemade = typeof body !== 'string' && parameters !== undefined
  const hasType = request.headers.some(([name]) => name.toLowerCase() === 'content-type')
  const headers = isRemade && !hasType ? [...request.headers, FORM_TYPE] : request.headers
  const content = isRemade ? new URLSearchParams(parameters).toString() : (body ?? '')
  return {
    method: method.toUpperCase(),
    ...toAbsoluteUrl(url, headers),
    headers,
    body: Buffer.from(content, !isRemade && encoding === 'base64' ? 'base64' : 'utf8'),
    oddities: isRemade ? ['body_remade'] : [],
  }
}
