/**
 * HAR 1.2, as browsers, proxies and API tools export it: each entry's request.
 * http://www.softwareishard.com/blog/har-12-spec/
 */
import { Buffer } from 'node:buffer'
import { z } from 'zod'
import { toAbsoluteUrl, type CapturedRequest, type Header } from './captured-request.ts'

const nameAndValue = z.object({ name: z.string(), value: z.string() })

const harSchema = z.object({
  log: z.object({
    entries: z.array(
      z.object({
        request: z.object({
          method: z.string(),
          url: z.string(),
          headers: z.array(nameAndValue).default([]),
          postData: z
            .object({
              text: z.string().optional(),
              encoding: z.string().optional(),
              params: z
                .array(z.object({ name: z.string(), value: z.string().default('') }))
                .optional(),
            })
            .nullish(),
        }),
      }),
    ),
  }),
})

type HarRequest = z.infer<typeof harSchema>['log']['entries'][number]['request']

/** Every request of it; null when the JSON is no HAR. */
export function parseHar(json: unknown): CapturedRequest[] | null {
  const har = harSchema.safeParse(json)
  return har.success ? har.data.log.entries.map(({ request }) => toRequest(request)) : null
}

function toRequest({ method, url, headers: list, postData }: HarRequest): CapturedRequest {
  const headers = list.map(({ name, value }): Header => [name, value])
  const { text, encoding, params = [] } = postData ?? {}
  const isRemade = !text && params.length > 0
  const remade = new URLSearchParams(params.map(({ name, value }) => [name, value])).toString()
  const body = Buffer.from(
    isRemade ? remade : (text ?? ''),
    encoding === 'base64' ? 'base64' : 'utf8',
  )
  return {
    method,
    ...toAbsoluteUrl(url, headers),
    headers,
    body,
    oddities: isRemade ? ['body_remade'] : [],
  }
}
