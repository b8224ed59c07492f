/**
 * The console's API as the verbs call it: typed by the API's own routes. Whatever is not the answer that
 * was asked for ends the verb with what the API says about it.
 */
import { hc, type ClientResponse } from 'hono/client'
import { z } from 'zod'
import type { Api } from '../../console/api/api.ts'
import { createSecretReader, type ReadSecret } from '../project/secrets.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { UsageError, WorkError, type CommandError } from '../terminal/errors.ts'
import { decideAddress, TOKEN_SETTING, type ConsoleAddress } from './address.ts'
import { createSend, type SendDeps } from './send.ts'

const API_PATH = '/api/v1'

export type ApiClient = ReturnType<typeof createApiClient>

export interface ConsoleClient {
  address: ConsoleAddress
  api: ApiClient
}

/** For a verb: the address and the credentials from `--console`, the environment and `.dev.vars`. */
export function openConsole(
  given: string | undefined,
  terminal: Terminal,
  readSecret: ReadSecret = createSecretReader(process.env, '.'),
): ConsoleClient {
  const address = decideAddress(given, readSecret)
  const onWait = (why: string, waitMs: number) =>
    terminal.note(`The console makes us wait: ${why}. Again in ${Math.ceil(waitMs / 1_000)} s.`)
  return { address, api: createApiClient(address, { onWait }) }
}

export function createApiClient(address: ConsoleAddress, deps: SendDeps = {}) {
  return hc<Api>(address.url + API_PATH, { fetch: createSend(address, deps) })
}

/** A problem is described as the answer with any other status: it is none of these alone. */
type Good<R> =
  R extends ClientResponse<infer T, infer S> ? ([S] extends [200 | 201 | 202] ? T : never) : never

/** The JSON of a good answer; throws what ends the command otherwise. */
export async function read<R extends ClientResponse<unknown>>(
  answer: Promise<R>,
): Promise<Good<R>> {
  const response = await answer
  const value = await readJson(response)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the route's own type; hono's is wider
  if (response.ok && value !== undefined) return value as Good<R>
  throw toApiError(response.status, value)
}

/** Undefined: it is no JSON, so it is not the API that answered. */
async function readJson(response: ClientResponse<unknown>): Promise<unknown> {
  try {
    return await response.json()
  } catch {
    return undefined
  }
}

const PROBLEM = z.object({
  code: z.string(),
  title: z.string(),
  detail: z.string().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
})

const LOG_IN = `Make a token on the console's page "Access" and put it into .dev.vars as ${TOKEN_SETTING}=…`

export function toApiError(status: number, body: unknown): CommandError {
  const problem = PROBLEM.safeParse(body)
  if (!problem.success) return toForeignError(status)
  const { code, title, detail, errors = [] } = problem.data
  const lines = errors.map(({ path, message }) => `  ${path}: ${message}`)
  const message = [title, ...lines].join('\n')
  const next = status === 401 ? LOG_IN : detail
  const details = { code, ...(next !== undefined && { next }) }
  // What passes by itself is no mistake of the call.
  const isPassing = status === 429 || (status >= 500 && code !== 'closed')
  return isPassing ? new WorkError(message, details) : new UsageError(message, details)
}

/** Something answers there that is not the console's API. */
function toForeignError(status: number): CommandError {
  if (status >= 300 && status < 400) {
    return new UsageError('The console leads to a login page instead of answering.', {
      code: 'console_redirects',
      next:
        'Behind Cloudflare Access a program needs a service token of Access: CF_ACCESS_CLIENT_ID and ' +
        'CF_ACCESS_CLIENT_SECRET in the environment or .dev.vars.',
    })
  }
  const message = `What answers there (${status}) is not a console.`
  const details = { code: 'not_console', next: 'Check the address of the console.' }
  return status >= 500 ? new WorkError(message, details) : new UsageError(message, details)
}
