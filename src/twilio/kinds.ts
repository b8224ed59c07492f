/**
 * The table of webhook kinds: one row for each webhook that Twilio sends, by product in `kinds/`.
 */
import { CALL_EVENTS } from './kinds/call-events.ts'
import { CALLS } from './kinds/calls.ts'
import { CONTACT_CENTER } from './kinds/contact-center.ts'
import { CONVERSATIONS } from './kinds/conversations.ts'
import type { Kind } from './kind.ts'
import { MESSAGING } from './kinds/messaging.ts'
import { PLATFORM } from './kinds/platform.ts'
import { PRODUCTS } from './kinds/products.ts'

export const KINDS: readonly Kind[] = [
  ...MESSAGING,
  ...CALLS,
  ...CALL_EVENTS,
  ...CONVERSATIONS,
  ...CONTACT_CENTER,
  ...PRODUCTS,
  ...PLATFORM,
]

const BY_NAME: ReadonlyMap<string, Kind> = new Map(KINDS.map((kind) => [kind.name, kind]))

/** The names of the table, in its order. `unknown` is not among them: it cannot be pinned. */
export const KIND_NAMES: readonly string[] = [...BY_NAME.keys()]

export function findKind(name: string): Kind | undefined {
  return BY_NAME.get(name)
}
