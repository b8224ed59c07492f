/**
 * What happens in each story, as the requests that Twilio makes: SIDs, order and repeats are drawn, and
 * so are the same each time for the same chance. Says nothing of when. Pure.
 */
import type { Param } from '../../twilio/params.ts'
import type { CallRequest } from '../trigger/call/call-request.ts'
import { DIAL_STATUSES, type Behaviour } from '../trigger/call/scene.ts'
import { toCallStatus, toMessageStatus } from '../trigger/status-requests.ts'
import type { Enemy, StoryName } from './mix.ts'
import { toToken, type Chance } from './seeded.ts'

/** Where the gateway takes what: whole URLs. */
export interface Places {
  sms: string
  voice: string
  status: string
}

export interface PlannedRequest {
  request: CallRequest
  /** I-Twilio-Idempotency-Token: the same one means the same request to the letter. */
  token: string
  /** From which the SIDs are drawn that the request does not say itself. */
  seed: string
  /** Leaves together with the one before, as from another place. */
  isTogether: boolean
  /** How it is spoiled; null: it is genuine. */
  enemy: Enemy | null
  /** A call whose TwiML is followed from here; null: one request. */
  follow: Behaviour | null
}

export type Story = (chance: Chance, places: Places) => PlannedRequest[]

const sid = (prefix: string, { hex }: Chance) => prefix + hex(32)

function plan(request: CallRequest, chance: Chance): PlannedRequest {
  const [token, seed] = [toToken(chance), chance.hex(16)]
  return { request, token, seed, isTogether: false, enemy: null, follow: null }
}

const AGAIN_SHARE = 0.15
const TOGETHER_SHARE = 0.05

/**
 * As it is, or with a copy: of some requests Twilio does not get the answer and sends them again, and of
 * some two copies arrive at once.
 */
function withCopies(planned: PlannedRequest, { next }: Chance): PlannedRequest[] {
  const drawn = next()
  if (drawn >= AGAIN_SHARE + TOGETHER_SHARE) return [planned]
  return [planned, { ...planned, isTogether: drawn < TOGETHER_SHARE }]
}

function inbound(kind: string, chance: Chance, { sms }: Places): PlannedRequest[] {
  const set: Param[] = [
    ['MessageSid', sid('SM', chance)],
    ['Body', chance.pick(['hello', 'HOURS', 'Grüße aus Köln 👋', 'a+b & c=d', ''])],
  ]
  return withCopies(plan({ kind, url: sms, method: 'POST', set }, chance), chance)
}

/** The statuses of the reply, often in another order than they were, and one of them twice. */
function statuses(names: readonly string[], chance: Chance, { status }: Places): PlannedRequest[] {
  const reply = sid('SM', chance)
  const all = names.map((name) => plan(toMessageStatus(status, name, reply), chance))
  const ordered = chance.next() < 0.5 ? all : chance.shuffle(all)
  const [first] = ordered
  return first !== undefined && chance.next() < 0.3 ? [...ordered, first] : ordered
}

const message: Story = (chance, places) => [
  ...inbound('messaging.inbound', chance, places),
  ...statuses(['queued', 'sent', 'delivered'], chance, places),
]

const whatsapp: Story = (chance, places) => [
  ...inbound('messaging.inbound.whatsapp', chance, places),
  ...statuses(['sent', 'delivered', 'read'], chance, places),
]

/** By its status webhooks, whatever the TwiML says: it rings, is asked a few times, transferred, recorded. */
const call: Story = (chance, { voice, status }) => {
  const callSid = sid('CA', chance)
  const about = (kind: string, url: string, ...set: Param[]) =>
    plan({ kind, url, method: 'POST', set: [['CallSid', callSid], ...set] }, chance)
  const told = (name: string, sequence: number) =>
    plan(toCallStatus(status, name, callSid, sequence), chance)
  const dial = chance.pick(['completed', 'busy', 'no-answer'])
  const dialed = about(
    'voice.dial.action',
    voice,
    ['DialCallSid', sid('CD', chance)],
    ['DialCallStatus', dial],
  )
  const menus = Array.from({ length: 1 + chance.below(3) }, () =>
    about('voice.gather.action', voice, ['Digits', String(chance.below(10))]),
  )
  return [
    told('ringing', 0),
    ...withCopies(about('voice.inbound', voice, ['CallStatus', 'ringing']), chance),
    told('in-progress', 1),
    ...menus,
    dialed,
    about('voice.recording.status', status, ['RecordingSid', sid('RE', chance)]),
    ...withCopies(told('completed', 2), chance),
  ]
}

/** A caller who does what the TwiML says. Where it leads is the gateway's. */
const follow: Story = (chance, { voice, status }) => {
  const callSid = sid('CA', chance)
  const digits = Array.from({ length: chance.below(3) }, () => String(1 + chance.below(9)))
  const dial = DIAL_STATUSES[chance.below(DIAL_STATUSES.length)] ?? 'completed'
  const set: Param[] = [
    ['CallSid', callSid],
    ['CallStatus', 'ringing'],
  ]
  const asked = plan({ kind: 'voice.inbound', url: voice, method: 'POST', set }, chance)
  return [
    plan(toCallStatus(status, 'ringing', callSid, 0), chance),
    { ...asked, follow: { digits, dial } },
    plan(toCallStatus(status, 'completed', callSid, 2), chance),
  ]
}

const events: Story = (chance, { status }) =>
  withCopies(plan({ kind: 'event-streams', url: status, method: 'POST', set: [] }, chance), chance)

/** Its request would be a good one, had nobody laid hands on it. */
const spoiled =
  (enemy: Enemy): Story =>
  (chance, { sms, voice, status }) => {
    const [kind, url] = chance.pick([
      ['messaging.inbound', sms],
      ['voice.inbound', voice],
      ['messaging.status', status],
    ])
    const genuine = plan({ kind, url, method: 'POST', set: [] }, chance)
    const bad = { ...genuine, enemy }
    // What is replayed was taken in once.
    return enemy === 'replayed' ? [genuine, bad] : [bad]
  }

export const STORY: Readonly<Record<StoryName, Story>> = {
  message,
  whatsapp,
  call,
  follow,
  events,
  forged: spoiled('forged'),
  replayed: spoiled('replayed'),
  truncated: spoiled('truncated'),
  huge: spoiled('huge'),
  foreign: spoiled('foreign'),
}
