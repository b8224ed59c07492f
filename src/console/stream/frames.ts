/**
 * The frames of /stream, JSON text each.
 *
 * The server sends `hello` first, `event` for each that came, `outcome` when what became of one that it sent a
 * moment ago changes, `ping` every ten seconds, `trouble` when the ledger does not answer and `recovered`
 * when it does again. The client answers each ping with a `pong`, or sends pings itself. Whatever has a
 * `cursor` can be gone on from.
 */
import type { z } from '@hono/zod-openapi'
import type { EventItem, Stored } from '../api/event-schemas.ts'

export type Item = z.infer<typeof EventItem>

/** `elsewhere`: too large for a frame; GET /events/{id}/message has it. */
export type SentMessage = z.infer<typeof Stored> | { state: 'elsewhere' }

export type ServerFrame =
  | { type: 'hello'; cursor: string; heartbeatMs: number; silenceMs: number }
  | { type: 'event'; cursor: string; event: Item; stored?: SentMessage }
  | { type: 'outcome'; id: string; outcome: Item['outcome']; deliveries: Item['deliveries'] }
  | { type: 'ping'; cursor: string }
  | { type: 'pong' }
  | { type: 'trouble'; code: 'ledger_unavailable' }
  | { type: 'recovered' }

/** How a stream ends by the server's will. */
export const CLOSE = {
  /** Connect again, with the last cursor: a connection lasts an hour at most. */
  again: [1012, 'connect again'],
  /** The token was revoked, or the session has ended. */
  unauthorized: [4401, 'not allowed any more'],
  /** Nothing was heard for SILENCE_MS. */
  silent: [4408, 'nothing heard'],
  tooLarge: [1009, 'frames have 1 KB at most'],
  notText: [1003, 'frames are text'],
  tooMany: [4429, 'too many frames'],
  defect: [1011, 'this should not have happened'],
} as const satisfies Record<string, readonly [code: number, reason: string]>

export const HEARTBEAT_MS = 10_000
export const SILENCE_MS = 30_000
/** What a client has to say is short. */
export const MAX_CLIENT_CHARS = 1_024
/** Workers take messages of 1 MiB. */
export const MAX_FRAME_CHARS = 300_000

/** A frame that fits: without the message when that is too large. */
export function toText(frame: ServerFrame): string {
  const text = JSON.stringify(frame)
  if (text.length <= MAX_FRAME_CHARS || frame.type !== 'event') return text
  return JSON.stringify({ ...frame, stored: { state: 'elsewhere' } })
}

/** A client's frame is not trusted to be anything; only a ping is answered. */
export function isPing(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && 'type' in value && value.type === 'ping'
  } catch {
    return false
  }
}
