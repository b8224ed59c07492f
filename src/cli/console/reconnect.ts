/** What follows the end of a connection. Pure: the caller waits. */
import type { ConnectionEnd } from './connection.ts'

export interface NextStep {
  waitMs: number
  /** Ask over HTTP first: it may be that we are not wanted any more, which a WebSocket does not tell. */
  isAsking: boolean
  /** It went as it should: nothing to tell. */
  isPlanned: boolean
}

/** Of the stream: CLOSE.again and CLOSE.unauthorized. */
const AGAIN = 1012
const UNAUTHORIZED = 4401

const FIRST_MS = 500
export const MAX_BACKOFF_MS = 30_000
/** One that stood for so long begins a new count. */
export const STABLE_MS = 10_000

/**
 * @param failures connections in a row that did not last, this one included; 1 for the first
 * @param random from 0 up to 1
 */
export function decideReconnect(end: ConnectionEnd, failures: number, random: number): NextStep {
  if (end.type === 'stopped') return { waitMs: 0, isAsking: false, isPlanned: true }
  const isPlanned = end.type === 'closed' && end.code === AGAIN && failures <= 1
  if (isPlanned) return { waitMs: 0, isAsking: false, isPlanned }
  const isAsking = end.type === 'failed' || (end.type === 'closed' && end.code === UNAUTHORIZED)
  return { waitMs: toBackoffMs(failures, random), isAsking, isPlanned }
}

/** Half of it is chance: a console that was restarted gets its listeners back one by one. */
export function toBackoffMs(failures: number, random: number): number {
  const fullMs = Math.min(MAX_BACKOFF_MS, FIRST_MS * 2 ** Math.min(failures - 1, 10))
  return Math.round(fullMs * (0.5 + random / 2))
}

export function toEndWords(end: ConnectionEnd): string {
  switch (end.type) {
    case 'closed':
      return end.code === 1006 ? 'it broke off' : `it was closed with ${end.code}`
    case 'silent':
      return `nothing was heard for ${Math.round(end.silenceMs / 1_000)} s`
    case 'failed':
      return 'it did not open'
    case 'stopped':
      return 'it was ended here'
  }
}
