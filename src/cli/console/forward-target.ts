/** The app on this machine as a target: its URL, its format, and what its requests are signed with. */
import type { RequestContext, Receiver } from '../../delivery/format.ts'
import { parseReachableUrl } from '../../config/outbound-url.ts'
import { isPublicHost } from '../../config/address.ts'
import { TOKENS_SECRET } from '../../config/secret-names.ts'
import { keysFor, parseKeyRing } from '../../twilio/keyring.ts'
import { FORWARD_SECRET, toForwardTarget, type ForwardFormat } from '../dev/local-config.ts'
import { readForwardSecret } from '../dev/stand-in.ts'
import type { ReadSecret } from '../project/secrets.ts'
import { UsageError } from '../terminal/errors.ts'

export interface ForwardTarget {
  receiver: Receiver
  timeoutMs: number
  context: Pick<RequestContext, 'secret' | 'authToken'>
  /** Where its secret is. */
  signedWith: string
}

export interface ForwardOrder {
  url: string
  format: ForwardFormat
  /** Also to a host of the public internet. */
  isAnywhere: boolean
  /** The state folder, whole, and as the user wrote it. */
  state: { path: string; shown: string }
}

export function createForwardTarget(order: ForwardOrder, read: ReadSecret): ForwardTarget {
  const { format, state } = order
  const target = toForwardTarget(checkUrl(order), format)
  const receiver: Receiver = { ...target, urlSecret: null }
  const { timeoutMs } = target
  if (format === 'twilio') {
    const context = { secret: () => undefined, authToken: readAuthTokens(read) }
    return { receiver, timeoutMs, context, signedWith: TOKENS_SECRET }
  }
  const { secret, place } = readForwardSecret(state, read)
  const context = {
    secret: (name: string) => (name === FORWARD_SECRET ? secret : undefined),
    authToken: () => undefined,
  }
  return { receiver, timeoutMs, context, signedWith: place }
}

/** What people wrote to a gateway goes to no other machine by a slip of the hand. */
function checkUrl({ url: text, isAnywhere }: ForwardOrder): string {
  const parsed = parseReachableUrl(text, true)
  if (!parsed.ok) {
    const { code, message, fix } = parsed.error
    throw new UsageError(`--forward: ${message}; ${fix}.`, { code })
  }
  const url = parsed.value
  if (!isAnywhere && isPublicHost(url.hostname)) {
    throw new UsageError(`${url.host} is not on this machine or in a private network.`, {
      code: 'forward_public',
      next: 'Pass --anywhere if whole events may go there.',
    })
  }
  return url.href
}

function readAuthTokens(read: ReadSecret): RequestContext['authToken'] {
  const ring = parseKeyRing(read(TOKENS_SECRET))
  if (!ring.ok) {
    throw new UsageError(`${TOKENS_SECRET} ${ring.error.hint}.`, {
      code: 'tokens_missing',
      next: 'The format twilio signs with it: set it in the environment or .dev.vars.',
    })
  }
  return (account) => keysFor(ring.value, account ?? null)[0]?.token
}
