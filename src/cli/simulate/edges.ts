/**
 * The places that Twilio calls from. Each is a set of connections of its own here: copies from two of them
 * do not wait for each other. What an edge does to the delay of a connection is not played.
 * https://www.twilio.com/docs/global-infrastructure/edge-locations
 */
import { PUBLIC_EDGES } from '../numbers/overrides.ts'

export const MAX_EDGES = PUBLIC_EDGES.length
export const DEFAULT_EDGES = 3

/** A retry leaves from the next edge of the list, as it does with several in the override `e`. */
export function toEdge(first: number, attempt: number, edges: number): string {
  return PUBLIC_EDGES[(first + attempt - 1) % edges] ?? PUBLIC_EDGES[0]
}
