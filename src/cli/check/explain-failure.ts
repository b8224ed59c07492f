/**
 * Why a call failed, and what to do, in words for people. Made of codes and statuses only: neither a URL
 * nor a word of the answer gets in.
 */
import type { Observed } from './observed-fetch.ts'

export interface Explanation {
  message: string
  next: string | null
}

/** `unreachable`: what Node said, else what an answer without a good status means. */
export function explainUnreachable({ errorCode }: Observed): Explanation {
  const [, message, next] = CAUSES.find(([pattern]) => pattern.test(errorCode ?? '')) ?? OTHER
  return { message, next }
}

type Cause = readonly [code: RegExp, message: string, next: string]

const CAUSES: readonly Cause[] = [
  [/^(?:ENOTFOUND|EAI_)/, 'its host has no address (DNS)', 'Is the host spelled right?'],
  [/^ECONNREFUSED$/, 'the connection was refused', 'Does anything listen there?'],
  [/^(?:EHOSTUNREACH|ENETUNREACH)$/, 'there is no way to its network', 'Is it public?'],
  [/TIMEDOUT|TIMEOUT/, 'no connection in time', 'Is it up, and public?'],
  [/^CERT_HAS_EXPIRED$/, 'its certificate has expired (TLS)', 'Renew it.'],
  [/ALTNAME/, 'its certificate is for another host (TLS)', 'Is the host spelled right?'],
  [
    /^(?:DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|CERT_)/,
    'its certificate is not trusted (TLS)',
    'Use one of a public authority, with its chain.',
  ],
  [/^(?:ERR_SSL|ERR_TLS|EPROTO)/, 'no secure connection (TLS)', 'Does it speak https there?'],
  [
    /^(?:ECONNRESET|UND_ERR_SOCKET|EPIPE)$/,
    'the connection was closed without an answer',
    "Its own log may say why; a proxy's too.",
  ],
  [/^(?:HPE_|UND_ERR_)/, 'its answer is no HTTP', 'Is it the right port?'],
]

const OTHER: Cause = [/$/, 'no connection, or an answer that is no HTTP', 'Is it up, and public?']

/** A status that is not 2xx. */
export function explainStatus(
  { status, location }: Observed,
  advice: { unauthorized: string },
): Explanation {
  const message = `answered ${status}`
  if (status === null) return { message: OTHER[1], next: OTHER[2] }
  if (status >= 300 && status < 400) {
    const to = URL.parse(location ?? '')?.origin
    const where = to === undefined ? '' : `, to ${to}`
    return {
      message: `${message}: a redirect${where}, which is never followed`,
      next: 'Write the URL that it leads to.',
    }
  }
  if (status === 401 || status === 403) return { message, next: advice.unauthorized }
  const known = STATUSES.get(status)
  if (known !== undefined) return { message, next: known }
  return { message, next: status >= 500 ? 'Its own log says why.' : 'It does not take this.' }
}

const STATUSES: ReadonlyMap<number, string> = new Map([
  [404, 'Is the path right?'],
  [405, 'Does it take POST there?'],
  [408, 'It was too slow for itself.'],
  [410, 'This would pause the target: nothing is sent to it until somebody resumes it.'],
  [415, 'Does it take this content type?'],
  [429, 'It wants fewer calls: give it a rate.'],
])
