/** The status callbacks of a scenario's call, and of the message that was its reply. */
import type { CallRequest } from './call/call-request.ts'

export function toCallStatus(
  url: string,
  status: string,
  callSid: string,
  sequence: number,
): CallRequest {
  return {
    kind: 'voice.call.status',
    url,
    method: 'POST',
    set: [
      ['CallSid', callSid],
      ['CallStatus', status],
      ['SequenceNumber', String(sequence)],
    ],
    without: status === 'completed' ? [] : ['CallDuration', 'Duration'],
  }
}

/** From and To the other way round than in the message that came in. */
export function toMessageStatus(url: string, status: string, messageSid: string): CallRequest {
  return {
    kind: 'messaging.status',
    url,
    method: 'POST',
    set: [
      ['MessageSid', messageSid],
      ['SmsSid', messageSid],
      ['MessageStatus', status],
      ['SmsStatus', status],
      ['From', '+15005550010'],
      ['To', '+15005550006'],
    ],
  }
}
