/**
 * Who an event is from and to: phone numbers, `whatsapp:+…`, `sip:…`, `client:…`, or the identity that a
 * product goes by. What the kinds call them is the two lists below.
 */
import { findFact, type Facts } from './facts.ts'

export interface Addresses {
  /** Null: it does not say. */
  from: string | null
  to: string | null
}

/** Plain names (facts.ts); the first that came counts. */
const FROM = [
  'from',
  'caller',
  // Conversations: who wrote, or whose address it is, which may be an identity of the user's own.
  'author',
  'messagingbindingauthoraddress',
  'messagingbindingaddress',
  // Proxy.
  'inboundparticipantidentifier',
  // Conversations, Chat, Sync; Video; Verify.
  'identity',
  'clientidentity',
  'participantidentity',
  'entityidentity',
]

const TO = [
  'to',
  'called',
  'messagingbindingproxyaddress',
  'channeltoaddress',
  'outboundparticipantidentifier',
  'refertransfertarget',
]

export function findAddresses(facts: Facts): Addresses {
  return { from: findFact(facts, FROM), to: findFact(facts, TO) }
}
