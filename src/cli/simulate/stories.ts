/**
 * What happens in each story, as the requests that Twilio makes: SIDs, order and repeats are drawn, and
 * so are the same each time for the same chance. Says nothing of when. Pure.
 */
import { call, follow } from './call-stories.ts'
import { conference } from './conference-story.ts'
import { fallback } from './fallback.ts'
import { message, whatsapp } from './message-stories.ts'
import type { Enemy, StoryName } from './mix.ts'
import { planPost, withCopies, type Story, type StoryDeps } from './planned-request.ts'
import { toToken } from './seeded.ts'

export type { PlannedRequest, Places, Story } from './planned-request.ts'

const BASIC_SHARE = 0.25
const REDELIVERED_SHARE = 0.15

function planBatch(deps: StoryDeps) {
  const isBasic = deps.chance.next() < BASIC_SHARE
  return { ...planPost('event-streams', deps.places.status, [], deps), isBasic }
}

/** Some come again under another token, since Event Streams delivers each event at least once. */
const events: Story = (deps) => {
  const batch = planBatch(deps)
  const isRedelivered = deps.chance.next() < REDELIVERED_SHARE
  const again = isRedelivered ? [{ ...batch, token: toToken(deps.chance) }] : []
  return [...withCopies(batch, deps), ...again]
}

const FORMS = ['messaging.inbound', 'voice.inbound', 'messaging.status'] as const
const BATCH = 'event-streams'

/** Whom an enemy imitates; a batch has no parameter that could be padded, a form no hash in its URL. */
function toVictims(enemy: Enemy): readonly [string, ...string[]] {
  if (enemy === 'rehashed') return [BATCH]
  return enemy === 'huge' ? FORMS : [...FORMS, BATCH]
}

/** Its request would be a good one, had nobody laid hands on it. */
const spoiled =
  (enemy: Enemy): Story =>
  (deps) => {
    const { sms, voice, status } = deps.places
    const kind = deps.chance.pick(toVictims(enemy))
    const url = kind === 'messaging.inbound' ? sms : kind === 'voice.inbound' ? voice : status
    const genuine = kind === BATCH ? planBatch(deps) : planPost(kind, url, [], deps)
    const bad = { ...genuine, enemy }
    // What is replayed was taken in once.
    return enemy === 'replayed' || enemy === 'rehashed' ? [genuine, bad] : [bad]
  }

export const STORY: Readonly<Record<StoryName, Story>> = {
  message,
  whatsapp,
  call,
  follow,
  conference,
  fallback,
  events,
  forged: spoiled('forged'),
  replayed: spoiled('replayed'),
  rehashed: spoiled('rehashed'),
  truncated: spoiled('truncated'),
  huge: spoiled('huge'),
  foreign: spoiled('foreign'),
}
