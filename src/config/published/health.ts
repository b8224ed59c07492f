/** Asks a deployed gateway what it is: `GET /healthz`, which answers 503 with the same body when it is unwell. */
import { z } from 'zod'

export type Health =
  | {
      kind: 'gateway'
      /** Of the documents that it reads. */
      format: number
      /** Of the config in use; null: none, or the gateway is too old to say. */
      version: string | null
      problems: string[]
    }
  /** Something else answers there. */
  | { kind: 'foreign'; status: number }
  | { kind: 'unreachable'; reason: string }

export type AskHealth = () => Promise<Health>

/** A gateway that does not say which format it reads is older than formats, and reads the first. */
const FIRST_FORMAT = 1

const Body = z.object({
  status: z.enum(['ok', 'misconfigured']),
  problems: z.array(z.string()).default([]),
  config: z.string().nullable().default(null),
  format: z.int().default(FIRST_FORMAT),
})

const TIMEOUT_MS = 10_000

/** Never rejects. A redirect is not followed: whoever redirects is not the gateway. */
export async function askHealth(
  origin: string,
  fetchIt: typeof fetch = fetch,
  timeoutMs = TIMEOUT_MS,
): Promise<Health> {
  try {
    const url = new URL('/healthz', origin)
    const signal = AbortSignal.timeout(timeoutMs)
    const response = await fetchIt(url, { signal, redirect: 'manual' })
    const body = Body.safeParse(parseJson(await response.text()))
    if (!body.success) return { kind: 'foreign', status: response.status }
    const { format, config: version, problems } = body.data
    return { kind: 'gateway', format, version, problems }
  } catch (error) {
    return { kind: 'unreachable', reason: toReason(error) }
  }
}

/** A failed fetch has the reason in its cause. */
function toReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
