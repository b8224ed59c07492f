/** Which reply a request gets: rules, kinds that the endpoint's author did not think of, sizes. */
import { reset } from 'cloudflare:test'
import { beforeEach, describe, expect, it } from 'vitest'
import type { CompiledReply, StaticReply } from '../../src/config/compiled.ts'
import { CALL, createHarness, SMS, withParams, type Params } from './harness.ts'

beforeEach(reset)

const always = (reply: StaticReply): CompiledReply => ({ ...reply, when: null })
const say = (text: string, when: CompiledReply['when'] = null): CompiledReply => ({
  type: 'twiml',
  twiml: `<Response><Say>${text}</Say></Response>`,
  when,
})

async function answer(replies: CompiledReply[], params: Params, at?: string) {
  const gateway = createHarness({ endpoints: [{ replies }] })
  if (at !== undefined) gateway.clock.now = Date.parse(at)
  const response = await gateway.post('/sms', params)
  return { status: response.status, text: await response.text(), reply: gateway.line()?.reply }
}

describe('rules', () => {
  const OPEN = {
    zone: 'Europe/Berlin',
    days: ['mon', 'tue', 'wed', 'thu', 'fri'],
    from: '09:00',
    to: '17:00',
  }
  const menu = [
    say('closed', { $not: { $time: [OPEN] } }),
    say('sales', { Digits: '1' }),
    say('support', { Digits: { $in: ['2', '3'] } }),
    say('retry', { Digits: { $exists: true } }),
    say('menu'),
  ]
  const noon = '2026-11-20T11:00:00Z'

  it.each([
    ['menu', CALL, noon],
    ['sales', withParams(CALL, { Digits: '1' }), noon],
    ['support', withParams(CALL, { Digits: '3' }), noon],
    ['retry', withParams(CALL, { Digits: '9' }), noon],
    ['closed', withParams(CALL, { Digits: '1' }), '2026-11-20T17:00:00Z'],
    ['closed', CALL, '2026-11-21T11:00:00Z'],
  ] satisfies [string, Params, string][])(
    'let an IVR run at the edge: %s',
    async (text, params, at) => {
      expect(await answer(menu, params, at)).toMatchObject({
        text: `<Response><Say>${text}</Say></Response>`,
        reply: 'config',
      })
    },
  )

  it('that all fail leave the safe default', async () => {
    expect(await answer([say('x', { Body: 'never' })], SMS)).toMatchObject({
      text: '<Response/>',
      reply: 'default',
    })
  })
})

describe('a reply that cannot answer the kind', () => {
  const DECISION: Params = [
    ['EventType', 'onMessageAdd'],
    ['AccountSid', SMS[10]?.[1] ?? ''],
    ['Source', 'SDK'],
  ]

  it('is left out: TwiML is no decision', async () => {
    expect(await answer([say('x')], DECISION)).toEqual({ status: 204, text: '', reply: 'mismatch' })
  })

  it('is left out: JSON would be an error that a caller hears', async () => {
    const json = always({ type: 'json', status: 200, json: { a: 1 } })
    expect(await answer([json], CALL)).toMatchObject({ text: '<Response/>', reply: 'mismatch' })
  })

  it('is given to whoever asks for nothing', async () => {
    const status: Params = [
      ['MessageSid', 'SM1'],
      ['MessageStatus', 'sent'],
    ]
    expect(await answer([say('x')], status)).toMatchObject({ status: 200, reply: 'config' })
  })
})

describe('JSON replies', () => {
  it('carry parameters as values', async () => {
    const decision = always({ type: 'json', status: 200, json: { body: '{{Body}}', n: 1 } })
    const params: Params = [
      ['EventType', 'onMessageAdd'],
      ['Source', 'SDK'],
      ['AccountSid', SMS[10]?.[1] ?? ''],
      ['Body', '"},{"'],
    ]
    const { text } = await answer([decision], params)
    expect(JSON.parse(text)).toEqual({ body: '"},{"', n: 1 })
  })
})

describe('JSON with a status that takes no body', () => {
  it('goes without it', async () => {
    const push: Params = [['anything', '1']]
    const json = always({ type: 'json', status: 204, json: { a: 1 } })
    expect(await answer([json], push)).toMatchObject({ status: 204, text: '' })
  })
})

describe('a status reply', () => {
  it('is what it says', async () => {
    const rejection = always({ type: 'status', status: 403 })
    expect(await answer([rejection], SMS)).toMatchObject({ status: 403, text: '' })
  })

  it('is exactly 200 where Twilio takes nothing else', async () => {
    const push: Params = [
      ['uuid', '1'],
      ['type', 'factor.created'],
      ['entity_identity', 'x'],
    ]
    expect(await answer([always({ type: 'status', status: 204 })], push)).toMatchObject({
      status: 200,
    })
    expect(await answer([], push)).toMatchObject({ status: 200 })
  })
})

describe('a rendered document over 64 kB', () => {
  it('is not sent: the safe default is', async () => {
    const twice = say('{{Body}}{{Body}}')
    expect(await answer([twice], withParams(SMS, { Body: 'ü'.repeat(20_000) }))).toMatchObject({
      text: '<Response/>',
    })
    expect(
      (await answer([twice], withParams(SMS, { Body: 'x'.repeat(20_000), MessageSid: 'SM2' })))
        .text,
    ).toContain('xx')
  })
})
