/**
 * The thread that an event belongs to: the SID that all events of one call or message have in common,
 * or of whatever else its kind is about.
 *
 * Weak: a leg of a call is in its parent's thread only where Twilio says who that is, and a conference's
 * own events (its start and its end) have no call.
 */
import { findFact, type Facts } from './facts.ts'

/** Plain names (facts.ts); the first that came counts. */
const THREADS = [
  'parentcallsid',
  'callsid',
  'messagesid',
  'smssid',
  'smsmessagesid',
  'conversationsid',
  'chatsessionsid',
  'channelsid',
  'conferencesid',
  'roomsid',
  'tasksid',
  // What the debugger complains about: a call or a message, mostly.
  'resourcesid',
  'interactionsid',
  'verificationsid',
  'challengesid',
  'transcriptsid',
  'conversationid',
  'recordingsid',
]

/** Null: it has none, not even a subject. */
export function findThread(facts: Facts, subject: string | undefined): string | null {
  return findFact(facts, THREADS) ?? subject ?? null
}
