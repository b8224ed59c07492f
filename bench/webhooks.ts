/** Inbound text messages of 20 parameters as Twilio sends them, each a new webhook, correctly signed. */
import { createHmac, randomBytes, randomUUID } from 'node:crypto'

export const AUTH_TOKEN = '0123456789abcdef0123456789abcdef'
export const ORIGIN = 'https://hooks.example.com'
export const PATH = '/sms'

export interface SmsWebhook {
  sid: string
  /** The `Body` parameter, for what the reply quotes. */
  text: string
  /** The whole request as it goes over the wire. */
  bytes: Buffer
}

export function makeWebhooks(count: number): SmsWebhook[] {
  return Array.from({ length: count }, makeWebhook)
}

function makeWebhook(): SmsWebhook {
  const sid = `SM${randomBytes(16).toString('hex')}`
  const params = toParams(sid)
  const body = new URLSearchParams(params).toString()
  const head = [
    `POST ${PATH} HTTP/1.1`,
    `Host: ${new URL(ORIGIN).host}`,
    'X-Forwarded-Proto: https',
    'User-Agent: TwilioProxy/1.1',
    'Accept: */*',
    'Content-Type: application/x-www-form-urlencoded; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Twilio-Signature: ${sign(params)}`,
    `I-Twilio-Idempotency-Token: ${randomUUID()}`,
    'X-Home-Region: us1',
  ]
  const bytes = Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`)
  return { sid, text: params['Body'] ?? '', bytes }
}

/** In the order of a captured message of a US number. */
function toParams(sid: string): Record<string, string> {
  return {
    ToCountry: 'US',
    ToState: 'MI',
    SmsMessageSid: sid,
    NumMedia: '0',
    ToCity: 'COLEMAN',
    FromZip: '22036',
    SmsSid: sid,
    FromState: 'VA',
    SmsStatus: 'received',
    FromCity: 'CENTREVILLE',
    Body: `It's order ${sid.slice(-6)}, is it on its way?`,
    FromCountry: 'US',
    To: '+15005550010',
    ToZip: '48612',
    MessagingServiceSid: `MG${'0'.repeat(32)}`,
    NumSegments: '1',
    MessageSid: sid,
    AccountSid: `AC${'0'.repeat(32)}`,
    From: '+15005550006',
    ApiVersion: '2010-04-01',
  }
}

/** https://www.twilio.com/docs/usage/security#validating-requests */
function sign(params: Record<string, string>): string {
  const names = Object.keys(params).toSorted()
  const text = names.reduce((signed, name) => signed + name + params[name], ORIGIN + PATH)
  return createHmac('sha1', AUTH_TOKEN).update(text).digest('base64')
}
