/** One request of a story, and what the network does to it: copies, and callbacks that overtake others. Pure. */
import type { Param } from '../../twilio/params.ts'
import type { CallRequest } from '../trigger/call/call-request.ts'
import type { Behaviour } from '../trigger/call/scene.ts'
import type { Enemy } from './mix.ts'
import { toToken, type Chance } from './seeded.ts'

/** Where the gateway takes what: whole URLs. */
export interface Places {
  sms: string
  voice: string
  status: string
  /** What Twilio asks where a URL failed; null or undefined: nothing. */
  fallback?: string | null | undefined
}

export interface PlannedRequest {
  request: CallRequest
  /** I-Twilio-Idempotency-Token: the same one means the same request to the letter. */
  token: string
  /** From which the SIDs are drawn that the request does not say itself. */
  seed: string
  /** Leaves together with the one before, as from another place. */
  isTogether: boolean
  /** From which of Twilio's edges it leaves; see edges.ts. */
  edge: number
  /** How it is spoiled; null: it is genuine. */
  enemy: Enemy | null
  /** A call whose TwiML is followed from here; null: one request. */
  follow: Behaviour | null
  /** The first request once more, to the fallback URL. */
  isFallback: boolean
  /** Event Streams may carry a name and a password besides its signature, and says them unasked. */
  isBasic: boolean
}

export interface StoryDeps {
  chance: Chance
  places: Places
  /** How many edges there are: no more copies than these arrive at once. */
  edges: number
}

export type Story = (deps: StoryDeps) => PlannedRequest[]

export const drawSid = (prefix: string, { hex }: Chance) => prefix + hex(32)

export function plan(request: CallRequest, { chance, edges }: StoryDeps): PlannedRequest {
  return {
    request,
    token: toToken(chance),
    seed: chance.hex(16),
    isTogether: false,
    edge: chance.below(edges),
    enemy: null,
    follow: null,
    isFallback: false,
    isBasic: false,
  }
}

/** Posted; `without`: parameters of its kind that it has not. */
export const planPost = (
  kind: string,
  url: string,
  set: readonly Param[],
  deps: StoryDeps,
  without: readonly string[] = [],
) => plan({ kind, url, method: 'POST', set, without }, deps)

const AGAIN_SHARE = 0.15
const TOGETHER_SHARE = 0.05

/**
 * As it is, or with copies: of some requests Twilio does not get the answer and sends them again, and of
 * some, copies arrive at once, each from an edge of its own.
 */
export function withCopies(
  planned: PlannedRequest,
  { chance, edges }: StoryDeps,
): PlannedRequest[] {
  const drawn = chance.next()
  if (drawn >= AGAIN_SHARE + TOGETHER_SHARE) return [planned]
  const toCopy = (step: number, isTogether: boolean): PlannedRequest => ({
    ...planned,
    isTogether,
    edge: (planned.edge + step) % edges,
  })
  if (drawn >= TOGETHER_SHARE || edges === 1) return [planned, toCopy(0, false)]
  const copies = 1 + chance.below(edges - 1)
  return [planned, ...Array.from({ length: copies }, (_, index) => toCopy(index + 1, true))]
}

const OVERTAKEN_SHARE = 0.15

/** Callbacks that nobody waits for are late by one now and then; what asks for TwiML keeps its place. */
export function overtake(
  requests: readonly PlannedRequest[],
  { chance }: StoryDeps,
): PlannedRequest[] {
  const all = [...requests]
  for (let at = 0; at + 1 < all.length; at++) {
    const [one, next] = [all[at], all[at + 1]]
    if (one === undefined || next === undefined) continue
    if (!one.request.kind.endsWith('.status') || chance.next() >= OVERTAKEN_SHARE) continue
    all.splice(at, 2, next, one)
    at += 1
  }
  return all
}
