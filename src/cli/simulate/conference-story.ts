/**
 * A conference: callers join, are muted or held for a while, and leave; it starts with the second of them,
 * is recorded, and ends with the last. Its callbacks are numbered together, and overtake each other. Pure.
 * https://www.twilio.com/docs/voice/twiml/conference#attributes-statusCallbackEvent
 */
import type { Param } from '../../twilio/params.ts'
import { toCallStatus } from '../trigger/status-requests.ts'
import {
  drawSid,
  overtake,
  plan,
  planPost,
  withCopies,
  type PlannedRequest,
  type Story,
  type StoryDeps,
} from './planned-request.ts'

interface Person {
  callSid: string
  label: string
}

interface Room {
  sid: Param
  name: Param
  people: readonly [Person, Person, ...Person[]]
}

type Aside = readonly [away: string, back: string, flag: string]

/** Who is away from the conference while being in it. */
const ASIDE: readonly [Aside, ...Aside[]] = [
  ['participant-mute', 'participant-unmute', 'Muted'],
  ['participant-hold', 'participant-unhold', 'Hold'],
]

export const conference: Story = (deps) => {
  const { chance } = deps
  const person = (number: number): Person => ({
    callSid: drawSid('CA', chance),
    label: `caller-${number}`,
  })
  const others = chance.next() < 0.5 ? [person(3)] : []
  const room: Room = {
    sid: ['ConferenceSid', drawSid('CF', chance)],
    name: ['FriendlyName', 'Support'],
    people: [person(1), person(2), ...others],
  }
  return overtake(toCourse(room, deps), deps).flatMap((each) => withCopies(each, deps))
}

function toCourse(room: Room, deps: StoryDeps): PlannedRequest[] {
  const { chance, places } = deps
  const tell = createTell(room, deps)
  const [first, second, ...others] = room.people
  const comes = ({ callSid }: Person) =>
    planPost(
      'voice.inbound',
      places.voice,
      [
        ['CallSid', callSid],
        ['CallStatus', 'ringing'],
      ],
      deps,
    )
  const joins = (each: Person) => [comes(each), tell('participant-join', each)]
  const [away, back, flag] = chance.pick(ASIDE)
  const quiet = chance.pick(room.people)
  const leaving = chance.shuffle(room.people)
  const last = leaving.at(-1) ?? first
  const recording = drawSid('RE', chance)
  const waits: Param[] = [['CallSid', first.callSid], room.sid, room.name]
  return [
    ...joins(first),
    planPost('voice.conference.wait', places.voice, waits, deps),
    ...joins(second),
    tell('conference-start', null),
    planRecording(recording, 'in-progress', room, deps),
    ...others.flatMap(joins),
    tell(away, quiet, [flag, 'true']),
    tell(back, quiet, [flag, 'false']),
    ...leaving.flatMap((each) => [tell('participant-leave', each), ...goes(each, deps)]),
    tell(
      'conference-end',
      null,
      ['CallSidEndingConference', last.callSid],
      ['ParticipantLabelEndingConference', last.label],
      ['ReasonConferenceEnded', 'last-participant-left'],
    ),
    planRecording(recording, 'completed', room, deps),
  ]
}

const FLAGS = [
  'Muted',
  'Hold',
  'Coaching',
  'EndConferenceOnExit',
  'StartConferenceOnEnter',
] as const

/** Numbered in the order in which it happens, from 1. */
function createTell({ sid, name }: Room, deps: StoryDeps) {
  let sequence = 0
  return (event: string, person: Person | null, ...more: Param[]): PlannedRequest => {
    sequence += 1
    const flags = FLAGS.filter((flag) => !more.some(([each]) => each === flag))
    const whose: Param[] =
      person === null
        ? []
        : [
            ['CallSid', person.callSid],
            ['ParticipantLabel', person.label],
            ...flags.map((flag): Param => [flag, String(flag === 'StartConferenceOnEnter')]),
          ]
    const what: Param[] = [
      ['StatusCallbackEvent', event],
      ['SequenceNumber', String(sequence)],
    ]
    const without = person === null ? ['CallSid'] : []
    const set = [sid, name, ...what, ...whose, ...more]
    return planPost('voice.conference.status', deps.places.status, set, deps, without)
  }
}

/** Behind the conference the call goes on with the action of its `<Dial>`, and ends. */
function goes({ callSid }: Person, deps: StoryDeps): PlannedRequest[] {
  const { voice, status } = deps.places
  const set: Param[] = [
    ['CallSid', callSid],
    ['DialCallStatus', 'completed'],
  ]
  return [
    planPost('voice.dial.action', voice, set, deps, ['DialCallSid', 'DialCallDuration']),
    plan(toCallStatus(status, 'completed', callSid, 2), deps),
  ]
}

/** Of the conference, and so of no call. */
function planRecording(sid: string, status: string, room: Room, deps: StoryDeps): PlannedRequest {
  const set: Param[] = [
    ['RecordingSid', sid],
    ['RecordingStatus', status],
    ['RecordingSource', 'Conference'],
    room.sid,
  ]
  const without = status === 'completed' ? ['CallSid'] : ['CallSid', 'RecordingDuration']
  return planPost('voice.recording.status', deps.places.status, set, deps, without)
}
