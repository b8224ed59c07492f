/** A call against documents by path, without a network. */
import type { Answer } from '../../../src/cli/trigger/call/answer.ts'
import { makeCall } from '../../../src/cli/trigger/call/caller.ts'
import type { CallDeps } from '../../../src/cli/trigger/call/call-deps.ts'
import type { CallRequest, Exchange } from '../../../src/cli/trigger/call/call-request.ts'

export const ORIGIN = 'https://h.example'
export const CALL_SID = 'CA-the-call'

export type Documents = Record<string, string | Partial<Answer>>

export const toAnswer = (answer: Partial<Answer>): Answer => ({
  status: 200,
  contentType: 'text/xml',
  text: '',
  durationMs: 1,
  failure: null,
  ...answer,
})

/** The elements of a Response by path, or a whole answer; a path that is not there is a 204. */
export function createSend(documents: Documents) {
  return async ({ url }: CallRequest): Promise<Answer> => {
    const found = documents[new URL(url).pathname]
    if (found === undefined) return toAnswer({ status: 204, contentType: '' })
    if (typeof found !== 'string') return toAnswer(found)
    return toAnswer({ text: `<Response>${found}</Response>` })
  }
}

export async function call(
  documents: Documents,
  deps: Partial<CallDeps> & { digits?: string[]; dial?: CallDeps['behaviour']['dial'] } = {},
): Promise<Exchange[]> {
  const exchanges: Exchange[] = []
  let made = 0
  const { digits = [], dial = 'completed', ...more } = deps
  await makeCall(
    {
      url: `${ORIGIN}/voice?t=1`,
      callSid: CALL_SID,
      kind: 'voice.inbound',
      set: [['CallSid', CALL_SID]],
    },
    {
      send: createSend(documents),
      reach: (url) => (url.startsWith(ORIGIN) ? url : null),
      behaviour: { digits, dial },
      makeSid: (prefix) => `${prefix}${++made}`,
      fallbackUrl: null,
      onAnswered: async () => {},
      record: (exchange) => exchanges.push(exchange),
      ...more,
    },
  )
  return exchanges
}

/** `POST /voice voice.inbound` for each request. */
export const toLines = (exchanges: readonly Exchange[]) =>
  exchanges.map(
    ({ request: { method, url, kind } }) => `${method} ${url.slice(ORIGIN.length)} ${kind}`,
  )

export const valuesOf = (exchange: Exchange | undefined) =>
  Object.fromEntries(exchange?.request.set ?? [])

export const heardIn = (exchanges: readonly Exchange[]) => exchanges.flatMap(({ heard }) => heard)

export const problemsIn = (exchanges: readonly Exchange[]) =>
  exchanges.flatMap(({ problem }) => (problem ? [problem.code] : []))
