/**
 * Which lane an event takes to a target. A lane is a Durable Object: the one place in the world where
 * a target's rate, breaker and running calls are known, so that they hold across all invocations of
 * the consumer, and where a hanging target keeps nobody waiting but its own events.
 *
 * A target has one lane for each five connections of its `concurrency`, and an event always takes the
 * same one, so that a copy meets the call that runs.
 */
import { hash } from '../events/identity.ts'
import { toLaneCount, type PreparedTarget } from '../config/targets.ts'
import type { KeptChange } from './changes.ts'
import type { LineAnswer, Offer } from './line.ts'

/** Each call rejects when the object cannot be reached, or dies. */
export interface LaneStub {
  offer(offer: Offer): Promise<LineAnswer[]>
  /** Takes on what the ledger refused, and records it when it can. */
  keep(changes: readonly KeptChange[]): Promise<void>
  /** Sends everything away that has not begun. */
  clear(): Promise<void>
}

export interface LaneSpace {
  getByName(name: string): LaneStub
}

export function toLaneName(
  { name, concurrency }: Pick<PreparedTarget, 'name' | 'concurrency'>,
  claim: string,
): string {
  const lanes = toLaneCount(concurrency)
  const lane = lanes === 1 ? 0 : Number.parseInt(hash([claim]).slice(0, 8), 16) % lanes
  return `${name}/${lane}`
}

/** All lanes of a target, for what is about the target. */
export function toLaneNames({
  name,
  concurrency,
}: Pick<PreparedTarget, 'name' | 'concurrency'>): string[] {
  return Array.from({ length: toLaneCount(concurrency) }, (_, lane) => `${name}/${lane}`)
}
