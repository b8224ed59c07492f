/** Messages: one comes in, and the statuses of its reply follow, out of order and repeated. Pure. */
import type { Param } from '../../twilio/params.ts'
import { toMessageStatus } from '../trigger/status-requests.ts'
import {
  drawSid,
  plan,
  planPost,
  withCopies,
  type PlannedRequest,
  type Story,
  type StoryDeps,
} from './planned-request.ts'

const BODIES = ['hello', 'HOURS', 'Grüße aus Köln 👋', 'a+b & c=d', ''] as const

function inbound(kind: string, deps: StoryDeps): PlannedRequest[] {
  const { chance, places } = deps
  const set: Param[] = [
    ['MessageSid', drawSid('SM', chance)],
    ['Body', chance.pick(BODIES)],
  ]
  return withCopies(planPost(kind, places.sms, set, deps), deps)
}

/** The statuses of the reply, often in another order than they were, and one of them twice. */
function statuses(names: readonly string[], deps: StoryDeps): PlannedRequest[] {
  const { chance, places } = deps
  const reply = drawSid('SM', chance)
  const all = names.map((name) => plan(toMessageStatus(places.status, name, reply), deps))
  const ordered = chance.next() < 0.5 ? all : chance.shuffle(all)
  const [first] = ordered
  return first !== undefined && chance.next() < 0.3 ? [...ordered, first] : ordered
}

export const message: Story = (deps) => [
  ...inbound('messaging.inbound', deps),
  ...statuses(['queued', 'sent', 'delivered'], deps),
]

export const whatsapp: Story = (deps) => [
  ...inbound('messaging.inbound.whatsapp', deps),
  ...statuses(['sent', 'delivered', 'read'], deps),
]
