/**
 * `<Dial>`: whoever is called on, the callbacks about it, the recording, and the action behind it.
 * https://www.twilio.com/docs/voice/twiml/dial
 */
import type { XmlElement } from '@rgrove/parse-xml'
import type { Param } from '../../../twilio/params.ts'
import { attribute, childrenOf, textOf } from './elements.ts'
import type { Outcome, Perform, Scene } from './scene.ts'

const SECONDS = '33'

export const performDial: Perform = async (dial, scene) => {
  const nouns = childrenOf(dial)
  const noun = nouns[0] ?? null
  const status = noun?.name === 'Conference' ? 'completed' : scene.dial
  scene.hear(toText(dial, nouns, status))
  const childSid = scene.makeSid('CA')
  for (const each of nouns) {
    if (each.name === 'Conference') await performConference(each, scene)
    else await performLeg(each, scene, each === noun ? childSid : scene.makeSid('CA'))
  }
  const recording = status === 'completed' ? await record(dial, scene) : []
  const action = attribute(dial, 'action')
  if (action === undefined) return 'continue'
  const duration: Param[] = status === 'completed' ? [['DialCallDuration', SECONDS]] : []
  const set: Param[] = [
    ['DialCallSid', childSid],
    ['DialCallStatus', status],
    ...duration,
    ...recording,
  ]
  const request = scene.toRequest('voice.dial.action', action, attribute(dial, 'method'), set)
  const outcome: Outcome = { ask: { ...request, ...withoutDuration(duration) } }
  return outcome
}

/** Only a transfer that was answered has a duration. */
const withoutDuration = (duration: Param[]) =>
  duration.length === 0 ? { without: ['DialCallDuration'] } : {}

function toText(dial: XmlElement, nouns: readonly XmlElement[], status: string): string {
  const [noun] = nouns
  if (noun?.name === 'Conference') return `is in the conference ${textOf(noun)}`
  const what = nouns.length > 1 ? `${nouns.length} at once` : (noun?.name ?? 'a number')
  const isEmpty = noun === undefined && textOf(dial) === ''
  return isEmpty ? 'is connected to nobody' : `is connected to ${what}: ${status}`
}

const EVENTS = ['initiated', 'ringing', 'answered', 'completed'] as const
const STATUSES = { initiated: 'initiated', ringing: 'ringing', answered: 'in-progress' } as const

/** Somebody who is called: the whisper that they hear, and what is reported of them. */
async function performLeg(noun: XmlElement, scene: Scene, sid: string): Promise<void> {
  const isAnswered = scene.dial === 'completed'
  const callback = attribute(noun, 'statusCallback')
  const wanted = attribute(noun, 'statusCallbackEvent')?.split(/\s+/) ?? ['completed']
  const about: Param[] = [
    ['CallSid', sid],
    ['ParentCallSid', scene.callSid],
    ['Direction', 'outbound-dial'],
  ]
  let sequence = 0
  for (const event of EVENTS) {
    if (event === 'answered' && !isAnswered) continue
    if (event === 'answered') await whisper(noun, scene, about)
    if (callback === undefined || !wanted.includes(event)) continue
    const status = event === 'completed' ? scene.dial : STATUSES[event]
    const set: Param[] = [...about, ['CallStatus', status], ['SequenceNumber', String(sequence++)]]
    const method = attribute(noun, 'statusCallbackMethod')
    await scene.tell(
      scene.toRequest('voice.call.status', callback, method, set),
      `transfer: ${status}`,
    )
  }
}

async function whisper(noun: XmlElement, scene: Scene, about: Param[]): Promise<void> {
  const url = attribute(noun, 'url')
  if (url === undefined) return
  const set: Param[] = [...about, ['CallStatus', 'in-progress']]
  const heard = await scene.whisper(
    scene.toRequest('voice.dial.whisper', url, attribute(noun, 'method'), set),
  )
  for (const each of heard) scene.hear(`the other side ${each}`)
}

const CONFERENCE_EVENTS: readonly (readonly [wanted: string, event: string])[] = [
  ['start', 'conference-start'],
  ['join', 'participant-join'],
  ['leave', 'participant-leave'],
  ['end', 'conference-end'],
]

async function performConference(noun: XmlElement, scene: Scene): Promise<void> {
  const callback = attribute(noun, 'statusCallback')
  if (callback === undefined) return
  const wanted = attribute(noun, 'statusCallbackEvent')?.split(/\s+/) ?? []
  const sid = scene.makeSid('CF')
  let sequence = 0
  for (const [name, event] of CONFERENCE_EVENTS) {
    if (!wanted.includes(name)) continue
    const set: Param[] = [
      ['ConferenceSid', sid],
      ['FriendlyName', textOf(noun)],
      ['StatusCallbackEvent', event],
      ['SequenceNumber', String(++sequence)],
    ]
    const method = attribute(noun, 'statusCallbackMethod')
    await scene.tell(scene.toRequest('voice.conference.status', callback, method, set), event)
  }
}

const READY = 'recording: completed'
const OFF = ['do-not-record', 'false']

/** What the action says of the recording, once its own callback has been made. */
async function record(dial: XmlElement, scene: Scene): Promise<Param[]> {
  const mode = attribute(dial, 'record')
  if (mode === undefined || OFF.includes(mode)) return []
  const set: Param[] = [
    ['RecordingSid', scene.makeSid('RE')],
    ['RecordingDuration', SECONDS],
  ]
  scene.hear('is recorded')
  const callback = attribute(dial, 'recordingStatusCallback')
  if (callback !== undefined) {
    const method = attribute(dial, 'recordingStatusCallbackMethod')
    await scene.tell(scene.toRequest('voice.recording.status', callback, method, set), READY)
  }
  return set
}
