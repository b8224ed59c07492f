/**
 * What each verb of TwiML does to a call, as far as somebody at a telephone notices.
 * https://www.twilio.com/docs/voice/twiml
 *
 * A verb that is not here is passed over with a word about it, as Twilio passes over one that it does
 * not know (warning 12200).
 */
import type { Param } from '../../../twilio/params.ts'
import { performDial } from './dial.ts'
import { attribute, childrenOf, textOf, toHeard } from './elements.ts'
import { performRecord } from './record.ts'
import type { Perform } from './scene.ts'

const performHeard: Perform = (element, scene) => {
  const heard = toHeard(element)
  if (heard !== null) scene.hear(heard)
  return 'continue'
}

/** Without a key the call goes on behind it; no request is made unless the document asks for one. */
const performGather: Perform = (gather, scene) => {
  for (const child of childrenOf(gather)) {
    const heard = toHeard(child)
    if (heard !== null) scene.hear(heard)
  }
  const isSpoken = attribute(gather, 'input') === 'speech'
  const atMost = Number(attribute(gather, 'numDigits') ?? Number.POSITIVE_INFINITY)
  const digits = scene.takeDigits(isSpoken ? Number.POSITIVE_INFINITY : atMost)
  if (digits === null) {
    scene.hear(isSpoken ? 'says nothing' : 'presses nothing')
    if (attribute(gather, 'actionOnEmptyResult') !== 'true') return 'continue'
  } else scene.hear(isSpoken ? `says “${digits}”` : `presses ${digits}`)
  const set: Param[] = isSpoken ? [['SpeechResult', digits ?? '']] : [['Digits', digits ?? '']]
  const action = attribute(gather, 'action') ?? ''
  const request = scene.toRequest('voice.gather.action', action, attribute(gather, 'method'), set)
  return { ask: isSpoken ? { ...request, without: ['Digits', 'FinishedOnKey'] } : request }
}

/** The call is no longer ringing, and asks as it asked at first. */
const performRedirect: Perform = (redirect, scene) => {
  const request = scene.toRequest(
    'voice.inbound',
    textOf(redirect),
    attribute(redirect, 'method'),
    [],
  )
  return { ask: request }
}

const performEnqueue: Perform = async (enqueue, scene) => {
  const name = textOf(enqueue) || 'of a workflow'
  const set: Param[] = [['QueueSid', scene.makeSid('QU')]]
  const waitUrl = attribute(enqueue, 'waitUrl')
  scene.hear(`waits in the queue ${name}`)
  if (waitUrl !== undefined) {
    const method = attribute(enqueue, 'waitUrlMethod')
    const wait = scene.toRequest('voice.queue.wait', waitUrl, method, set)
    for (const heard of await scene.whisper(wait)) scene.hear(heard)
  }
  const action = attribute(enqueue, 'action')
  if (action === undefined) return 'continue'
  const method = attribute(enqueue, 'method')
  const result: Param[] = [...set, ['QueueResult', 'bridged']]
  return { ask: scene.toRequest('voice.queue.action', action, method, result) }
}

/** A verb that hands the call over and then, if it has an action, goes on there. */
function handOver(kind: string): Perform {
  return (element, scene) => {
    const [child] = childrenOf(element)
    scene.hear(`<${child?.name ?? element.name}> takes over, which is not played here`)
    const action = attribute(element, 'action')
    if (action === undefined) return 'continue'
    return { ask: scene.toRequest(kind, action, attribute(element, 'method'), []) }
  }
}

function end(text: string): Perform {
  return (_element, scene) => {
    scene.hear(text)
    return 'end'
  }
}

export const VERBS: ReadonlyMap<string, Perform> = new Map([
  ['Say', performHeard],
  ['Play', performHeard],
  ['Pause', performHeard],
  ['Gather', performGather],
  ['Redirect', performRedirect],
  ['Dial', performDial],
  ['Record', performRecord],
  ['Enqueue', performEnqueue],
  ['Connect', handOver('voice.connect.action')],
  ['Pay', handOver('voice.pay.action')],
  ['Hangup', end('is hung up')],
  ['Reject', end('is rejected')],
])
