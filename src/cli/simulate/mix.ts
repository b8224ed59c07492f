/** What a simulation is made of: stories and enemies by name, and how often each comes. */

/** Each is one request that a gateway must refuse. */
export const ENEMIES = ['forged', 'replayed', 'rehashed', 'truncated', 'huge', 'foreign'] as const
export type Enemy = (typeof ENEMIES)[number]

export const STORIES = [
  'message',
  'whatsapp',
  'call',
  'follow',
  'conference',
  'fallback',
  'events',
  ...ENEMIES,
] as const
export type StoryName = (typeof STORIES)[number]

/** Shares: of how many stories. Whole numbers, so that they can be dealt like cards. */
export type Mix = Readonly<Partial<Record<StoryName, number>>>

/** Three statuses to a message, as usual. A call that follows TwiML is as long as the TwiML makes it. */
export const DEFAULT_MIX: Mix = {
  message: 8,
  whatsapp: 3,
  call: 4,
  conference: 1,
  fallback: 1,
  events: 2,
  forged: 1,
  replayed: 1,
  rehashed: 1,
  truncated: 1,
  huge: 1,
  foreign: 1,
}

const MAX_SHARE = 1_000

/** `message=8,forged=1`; what is not named does not come. Null: it is not a mix. */
export function parseMix(text: string): Mix | null {
  const mix: Partial<Record<StoryName, number>> = {}
  for (const part of text.split(',')) {
    const [, word = '', digits = ''] = /^\s*([a-z]+)=(\d{1,4})\s*$/.exec(part) ?? []
    const name = STORIES.find((each) => each === word)
    const share = Number(digits)
    if (name === undefined || digits === '' || share > MAX_SHARE || name in mix) return null
    mix[name] = share
  }
  return Object.values(mix).some((share) => share > 0) ? mix : null
}

/** One of each card of the mix, in the order of the names. */
export function toDeck(mix: Mix): StoryName[] {
  return STORIES.flatMap((name) => Array.from({ length: mix[name] ?? 0 }, () => name))
}
