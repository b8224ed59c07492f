/** Calls: by their webhooks, or by what the TwiML says. Pure. */
import type { Param } from '../../twilio/params.ts'
import { DIAL_STATUSES } from '../trigger/call/scene.ts'
import { toCallStatus } from '../trigger/status-requests.ts'
import { drawSid, overtake, plan, planPost, withCopies, type Story } from './planned-request.ts'

/** Whatever the TwiML says: it rings, is asked a few times, transferred, recorded. */
export const call: Story = (deps) => {
  const { chance, places } = deps
  const { voice, status } = places
  const callSid = drawSid('CA', chance)
  const about = (kind: string, url: string, ...set: Param[]) =>
    planPost(kind, url, [['CallSid', callSid], ...set], deps)
  const told = (name: string, sequence: number) =>
    plan(toCallStatus(status, name, callSid, sequence), deps)
  const dial = chance.pick(['completed', 'busy', 'no-answer'])
  const menus = Array.from({ length: 1 + chance.below(3) }, () =>
    about('voice.gather.action', voice, ['Digits', String(chance.below(10))]),
  )
  const ringing = told('ringing', 0)
  const asked = about('voice.inbound', voice, ['CallStatus', 'ringing'])
  const dialed = about(
    'voice.dial.action',
    voice,
    ['DialCallSid', drawSid('CD', chance)],
    ['DialCallStatus', dial],
  )
  const recorded = about('voice.recording.status', status, ['RecordingSid', drawSid('RE', chance)])
  const all = [ringing, asked, told('in-progress', 1), ...menus, dialed, recorded]
  return overtake([...all, told('completed', 2)], deps).flatMap((each) =>
    each === asked || each.request.kind === 'voice.call.status' ? withCopies(each, deps) : [each],
  )
}

/** A caller who does what the TwiML says. Where it leads is the gateway's. */
export const follow: Story = (deps) => {
  const { chance, places } = deps
  const { voice, status } = places
  const callSid = drawSid('CA', chance)
  const digits = Array.from({ length: chance.below(3) }, () => String(1 + chance.below(9)))
  const dial = DIAL_STATUSES[chance.below(DIAL_STATUSES.length)] ?? 'completed'
  const set: Param[] = [
    ['CallSid', callSid],
    ['CallStatus', 'ringing'],
  ]
  return [
    plan(toCallStatus(status, 'ringing', callSid, 0), deps),
    { ...planPost('voice.inbound', voice, set, deps), follow: { digits, dial } },
    plan(toCallStatus(status, 'completed', callSid, 2), deps),
  ]
}
