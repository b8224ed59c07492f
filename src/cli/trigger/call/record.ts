/** `<Record>`: a message after the tone. https://www.twilio.com/docs/voice/twiml/record */
import type { Param } from '../../../twilio/params.ts'
import { attribute } from './elements.ts'
import type { Perform } from './scene.ts'

const SECONDS = '12'

/** The caller speaks once; at a second tone in the same call they hang up, or it would go on for ever. */
export const performRecord: Perform = async (record, scene) => {
  if (!scene.takeRecording()) {
    scene.hear('hangs up at the tone')
    return 'end'
  }
  scene.hear(`leaves a recording of ${SECONDS} s`)
  const set: Param[] = [
    ['RecordingSid', scene.makeSid('RE')],
    ['RecordingDuration', SECONDS],
  ]
  const callback = attribute(record, 'recordingStatusCallback')
  if (callback !== undefined) {
    const method = attribute(record, 'recordingStatusCallbackMethod')
    const source: Param = ['RecordingSource', 'RecordVerb']
    const request = scene.toRequest('voice.recording.status', callback, method, [...set, source])
    await scene.tell(request, 'recording: completed')
  }
  const transcribe = attribute(record, 'transcribeCallback')
  if (transcribe !== undefined) {
    const request = scene.toRequest('voice.transcribe', transcribe, undefined, set)
    await scene.tell(request, 'transcription: completed')
  }
  const action = attribute(record, 'action') ?? ''
  const keyed: Param[] = [...set, ['Digits', '#']]
  return {
    ask: scene.toRequest('voice.record.action', action, attribute(record, 'method'), keyed),
  }
}
