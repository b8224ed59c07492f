/** What a verified webhook is: its kind, its identity, the messages that carry its events. */
import type { Route } from '../config/routes.ts'
import { decideIdentity, type Identity } from '../events/identity.ts'
import type { EventMessage } from '../events/message.ts'
import { toEvents } from '../events/normalize.ts'
import type { Kind } from '../twilio/kind.ts'
import { findKind } from '../twilio/kinds.ts'
import { recognizeKind } from '../twilio/recognize.ts'
import { parseRegion } from '../twilio/region.ts'
import { TEST_KIND } from './health.ts'
import type { Intake } from './intake.ts'
import { toMessages } from './messages.ts'
import type { VerifiedWebhook } from './verify.ts'
import type { Visit } from './visit.ts'

export interface Recognised {
  kind: Kind
  identity: Identity
  messages: EventMessage[]
  /** How long the whole answer may take, milliseconds. */
  deadlineMs: number
}

/** How far below Twilio's own limit an answer has to stay: its way back takes time, too. */
const MARGIN_MS = 1_000

/** Also notes on the visit's line what was found out. */
export function recognise(
  { route, intake, webhook, key, account }: VerifiedWebhook & { route: Route; intake: Intake },
  nonce: () => string,
  { request, line, startedAt }: Visit,
): Recognised {
  const { endpoint } = route
  const kind = findPinned(endpoint.kind) ?? recognizeKind(webhook)
  const token = request.headers.get('i-twilio-idempotency-token')
  const shared = { kind, webhook, account, endpoint: endpoint.name }
  const identity = decideIdentity({ ...shared, token, nonce: token ? '' : nonce() })
  const region = parseRegion(request.headers.get('x-home-region'))
  const events = toEvents({ ...shared, identity, region, now: startedAt })
  line.kind = kind.name
  line.eventId = identity.id
  line.events = events.length
  line.keyName = key.name
  line.account = account
  line.region = region
  // An endpoint that pins no kind may get one whose limit is below what its author thought of.
  const deadlineMs = Math.min(endpoint.deadlineMs ?? Infinity, kind.limitMs - MARGIN_MS)
  const messages = toMessages(events, intake, webhook.json, { token, keyName: key.name })
  return { kind, identity, messages, deadlineMs }
}

function findPinned(name: string | null): Kind | undefined {
  if (name === null) return undefined
  return name === TEST_KIND.name ? TEST_KIND : findKind(name)
}
