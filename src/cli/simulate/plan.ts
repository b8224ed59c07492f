/**
 * From a seed to a list of conversations: what is sent, and when. The same arguments give the same list.
 * Stories are dealt like cards, so that a mix is kept also in a short run. Pure.
 */
import { DEFAULT_EDGES } from './edges.ts'
import { toDeck, type Mix, type StoryName } from './mix.ts'
import { createChance } from './seeded.ts'
import { STORY, type Places, type PlannedRequest } from './stories.ts'

export interface PlanOptions {
  seed: string
  /** Of requests. What a retry or the following of TwiML adds is not in it. */
  count: number
  /** Requests a second. */
  rate: number
  mix: Mix
  places: Places
  /** From how many edges Twilio calls. */
  edges?: number
}

export interface Conversation {
  /** From 0. */
  number: number
  story: StoryName
  requests: ScheduledRequest[]
}

export interface ScheduledRequest extends PlannedRequest {
  /** After the start; it leaves later when the conversation's own answers are late. */
  atMs: number
}

/** Between two requests of one conversation, on average. */
const PAUSE_MS = 100

/** The last conversation is cut off where the count is reached. Empty: the mix cannot be played. */
export function planConversations(options: PlanOptions): Conversation[] {
  const { seed, count, rate, mix, places, edges = DEFAULT_EDGES } = options
  const chance = createChance(seed)
  const conversations: Conversation[] = []
  // A story without a place to go to would never come to an end.
  const deck = toDeck(mix).filter((story) => story !== 'fallback' || places.fallback)
  let planned = 0
  let cards: StoryName[] = []
  while (planned < count) {
    if (cards.length === 0) cards = chance.shuffle(deck)
    const story = cards.shift()
    if (story === undefined) break
    const requests = STORY[story]({ chance, places, edges }).slice(0, count - planned)
    const startMs = (planned / rate) * 1_000
    let atMs = startMs
    const scheduled = requests.map((request, index) => {
      if (index > 0 && !request.isTogether) atMs += chance.next() * 2 * PAUSE_MS
      return { ...request, atMs: Math.round(atMs) }
    })
    conversations.push({ number: conversations.length, story, requests: scheduled })
    planned += requests.length
  }
  return conversations
}
