/**
 * The API as the pages call it: the same routes, within the Worker, with the types of the routes. A page
 * shows what the API gives to whoever is looking, and nothing else.
 */
import { hc, type ClientResponse } from 'hono/client'
import { api, type Api } from '../api/api.ts'
import { ProblemError, ProblemSchema } from '../api/problem.ts'
import type { ConsoleContext } from '../api/router.ts'

/** Its host is never looked up. */
const BASE = 'http://console.invalid'

export type ApiClient = ReturnType<typeof createClient>

export function createClient({ env, var: { identity, deps }, executionCtx }: ConsoleContext) {
  return hc<Api>(BASE, {
    fetch: async (input: RequestInfo | URL, init?: RequestInit) =>
      api.fetch(new Request(input, init), { ...env, INNER: { identity, deps } }, executionCtx),
  })
}

/** A problem is described as the answer with any other status: it is none of these alone. */
export type Good<R> =
  R extends ClientResponse<infer T, infer S> ? ([S] extends [200 | 201] ? T : never) : never

/** Parts of a path: hono's client puts them in as they are, and an id of the URL may have a slash in it. */
export function toParam<T extends Record<string, string>>(parts: T): { [Name in keyof T]: string } {
  const encoded = { ...parts } as { [Name in keyof T]: string }
  for (const name in parts) encoded[name] = encodeURIComponent(parts[name] ?? '')
  return encoded
}

/** The JSON of a good answer. Throws the API's problem otherwise, which pages.tsx shows as a page. */
export async function read<R extends ClientResponse<unknown>>(
  answer: Promise<R>,
): Promise<Good<R>> {
  const response = await answer
  if (response.ok) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the route's own type; hono's is wider
    return (await response.json()) as Good<R>
  }
  const problem = ProblemSchema.safeParse(await response.json())
  if (!problem.success) throw new Error('the API answered with something that is no problem')
  const { status, code, title, detail, errors } = problem.data
  const retryAfter = response.headers.get('retry-after')
  throw new ProblemError({
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it was a status before
    status: status as ProblemError['problem']['status'],
    code,
    title,
    ...(detail === undefined ? {} : { detail }),
    ...(errors === undefined ? {} : { errors }),
    ...(retryAfter === null ? {} : { headers: { 'retry-after': retryAfter } }),
  })
}
