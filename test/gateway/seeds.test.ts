/**
 * What Twilio's own introductions and the common guides show, through the gateway: their TwiML, their
 * paths, their parameters, and how a number is told to call.
 */
import { reset } from 'cloudflare:test'
import { beforeEach, describe, expect, it } from 'vitest'
import { compileConfig } from '../../src/config/compile.ts'
import { defineConfig } from '../../src/config/index.ts'
import { toRealisticWebhook } from '../../src/cli/trigger/realistic.ts'
import {
  ACCOUNT,
  CALL,
  createHarness,
  ORIGIN,
  signedGet,
  signedPost,
  SMS,
  withParams,
} from './harness.ts'

beforeEach(reset)

const SMS_REPLY = `<?xml version="1.0" encoding="UTF-8"?>
<Response>
<Message>Thanks for your message!</Message>
</Response>`

const VOICE_REPLY = `<?xml version="1.0" encoding="UTF-8"?>
<Response>
<Say voice="alice">Hello! Thanks for calling.</Say>
<Gather numDigits="1" action="/webhooks/twilio/menu">
<Say>Press 1 for sales, 2 for support.</Say>
</Gather>
</Response>`

const config = defineConfig({
  publicUrl: ORIGIN,
  endpoints: {
    sms: { path: '/webhooks/twilio/sms', reply: { twiml: SMS_REPLY } },
    'sms-fallback': { path: '/webhooks/twilio/sms-fallback' },
    voice: { path: '/webhooks/twilio/voice', reply: { twiml: VOICE_REPLY } },
    menu: {
      path: '/webhooks/twilio/menu',
      reply: [
        { when: { Digits: '1' }, twiml: '<Response><Dial>+15551234567</Dial></Response>' },
        { twiml: '<Response><Dial>+15559876543</Dial></Response>' },
      ],
    },
    'voice-fallback': { path: '/webhooks/twilio/voice-fallback' },
    status: { path: '/webhooks/twilio/status' },
    'call-status': { path: '/webhooks/twilio/call-status' },
    debugger: { path: '/debugger' },
  },
})

function createGuide() {
  const compiled = compileConfig(config, { readFile: () => '', local: false })
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error))
  return createHarness({ config: compiled.value.config })
}

describe('an incoming message', () => {
  it('is answered with TwiML', async () => {
    const response = await createGuide().post('/webhooks/twilio/sms', SMS)
    expect(response.headers.get('content-type')).toContain('text/xml')
    expect(await response.text()).toBe(SMS_REPLY)
  })

  it('carries sender, text, SID and media', async () => {
    const gateway = createGuide()
    const mms = withParams(SMS, {
      NumMedia: '1',
      MediaUrl0: 'https://api.twilio.com/x/Media/ME1',
      MediaContentType0: 'image/jpeg',
    })
    await gateway.post('/webhooks/twilio/sms', mms)
    expect(gateway.messages()[0]?.event.data).toMatchObject({
      from: '+15005550006',
      to: '+15005550010',
      body: "It's 5 & <b> ☎",
      messageSid: 'SM00000000000000000000000000000001',
      numMedia: 1,
      media: [{ url: 'https://api.twilio.com/x/Media/ME1', contentType: 'image/jpeg' }],
    })
  })
})

describe('an incoming call', () => {
  it('hears the menu, whether Twilio asks with POST or GET', async () => {
    const gateway = createGuide()
    expect(await (await gateway.post('/webhooks/twilio/voice', CALL)).text()).toBe(VOICE_REPLY)
    const query = new URLSearchParams(CALL).toString()
    const get = await gateway.fetch(signedGet(`/webhooks/twilio/voice?${query}`))
    expect(await get.text()).toBe(VOICE_REPLY)
  })

  it.each([
    ['1', '+15551234567'],
    ['2', '+15559876543'],
  ])('that presses %s is put through to %s', async (Digits, number) => {
    const pressed = withParams(CALL, { CallStatus: 'in-progress', Digits })
    const response = await createGuide().post('/webhooks/twilio/menu', pressed)
    expect(await response.text()).toContain(`<Dial>${number}</Dial>`)
  })
})

describe('informational webhooks', () => {
  it.each([
    ['messaging.status', '/webhooks/twilio/status', 'messageStatus'],
    ['voice.call.status', '/webhooks/twilio/call-status', 'callStatus'],
    ['voice.recording.status', '/webhooks/twilio/call-status', 'recordingUrl'],
    ['voice.transcribe', '/webhooks/twilio/call-status', 'transcriptionText'],
    ['debugger', '/debugger', 'payload'],
    ['usage.trigger', '/debugger', 'usageCategory'],
  ])('%s gets a 2xx without a body and becomes an event', async (kind, path, field) => {
    const gateway = createGuide()
    const { pairs } = toRealisticWebhook(kind, { account: ACCOUNT, set: [] })
    const response = await gateway.post(
      path,
      pairs.map(([name, value]) => [name, value]),
    )
    expect([response.status, await response.text()]).toEqual([204, ''])
    expect(gateway.messages()[0]?.event).toMatchObject({
      kind,
      data: { [field]: expect.anything() },
    })
  })
})

describe('a fallback URL', () => {
  const failed = { ErrorCode: '11200', ErrorUrl: `${ORIGIN}/webhooks/twilio/voice` }

  it('tells a caller what is wrong', async () => {
    const response = await createGuide().post(
      '/webhooks/twilio/voice-fallback',
      withParams(CALL, failed),
    )
    expect(await response.text()).toContain('<Say>')
  })

  it('tells the sender of a message nothing, and makes an event', async () => {
    const gateway = createGuide()
    const response = await gateway.post('/webhooks/twilio/sms-fallback', withParams(SMS, failed))
    expect(await response.text()).toBe('<Response/>')
    expect(gateway.messages()[0]?.event).toMatchObject({
      kind: 'fallback',
      data: { errorCode: 11200 },
    })
  })
})

describe('connection overrides', () => {
  it('stand in the fragment of the URL, which is not signed', async () => {
    // https://hooks.example.com/webhooks/twilio/sms#ct=5000&rt=3000 in Twilio; HTTP sends no fragment.
    const request = signedPost('/webhooks/twilio/sms', SMS)
    expect((await createGuide().fetch(request)).status).toBe(200)
  })
})

describe('headers', () => {
  it('I-Twilio-Idempotency-Token and X-Home-Region are in the event', async () => {
    const gateway = createGuide()
    await gateway.post('/webhooks/twilio/sms', SMS, {
      headers: { 'i-twilio-idempotency-token': 'one-token', 'x-home-region': 'us1' },
    })
    expect(gateway.messages()[0]?.event).toMatchObject({
      region: 'us1',
      idempotencykey: 'one-token',
    })
  })
})
