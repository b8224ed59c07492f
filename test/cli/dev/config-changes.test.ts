import { describe, expect, it } from 'vitest'
import { listConfigChanges } from '../../../src/cli/dev/config-changes.ts'
import {
  toForwardTarget,
  toLocalConfig,
  toSampleTarget,
} from '../../../src/cli/dev/local-config.ts'
import { toEndpointLines, toTriggerCommand } from '../../../src/cli/dev/endpoint-list.ts'
import { compileConfig } from '../../../src/config/compile.ts'

function compile(input: object) {
  const compiled = compileConfig(input, { readFile: () => '<Response/>', local: true })
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error))
  return compiled.value.config
}

const ENDPOINTS = {
  sms: { path: '/sms', reply: { twiml: '<Response/>' } },
  status: { path: '/status' },
}
const TARGETS = {
  crm: { url: 'https://crm.example.com/', events: ['*'], secret: 'CRM', retry: ['1s'] },
}
const BASE = { endpoints: ENDPOINTS, targets: TARGETS }

describe('listConfigChanges', () => {
  it.each([
    ['nothing', {}, []],
    [
      'a reply',
      { endpoints: { ...ENDPOINTS, sms: { path: '/sms', reply: { status: 204 } } } },
      ['endpoints.sms.reply changed'],
    ],
    [
      'path and deadline',
      { endpoints: { ...ENDPOINTS, status: { path: '/s', deadline: '1s' } } },
      ['endpoints.status.path changed', 'endpoints.status.deadline changed'],
    ],
    [
      'an endpoint for another',
      { endpoints: { sms: ENDPOINTS.sms, voice: { path: '/voice' } } },
      ['endpoints.status removed', 'endpoints.voice added'],
    ],
    [
      'a target',
      { targets: { crm: { ...TARGETS.crm, secret: 'NEW', retry: [], timeout: '1s' } } },
      ['targets.crm.secret changed', 'targets.crm.timeout changed', 'targets.crm.retry changed'],
    ],
    [
      'what is for all',
      { publicUrl: 'https://hooks.example.com', retention: '2d' },
      ['publicUrl changed', 'retention changed'],
    ],
    [
      'the order only',
      { endpoints: { status: ENDPOINTS.status, sms: ENDPOINTS.sms } },
      ['their order changed'],
    ],
  ])('names %s', (_, changes, expected) => {
    expect(listConfigChanges(compile(BASE), compile({ ...BASE, ...changes }))).toEqual(expected)
  })
})

describe('toLocalConfig', () => {
  const config = compile({ ...BASE, publicUrl: 'https://hooks.example.com' })

  it('leaves the config alone when nothing stands in', () => {
    expect(toLocalConfig(config, { publicUrl: null, target: null })).toEqual(config)
  })

  it('puts the tunnel and the target in their places', () => {
    const target = toSampleTarget('http://127.0.0.1:1/')
    const local = toLocalConfig(config, { publicUrl: 'https://a.example.com', target })
    expect(local).toEqual({ ...config, publicUrl: 'https://a.example.com', targets: [target] })
  })

  it('signs what it forwards in the way of its format', () => {
    expect(toForwardTarget('http://127.0.0.1:1/', 'cloudevents').secrets).toHaveLength(1)
    expect(toForwardTarget('http://127.0.0.1:1/', 'twilio')).toMatchObject({
      secrets: [],
      format: 'twilio',
      events: ['*'],
    })
  })
})

describe('toEndpointLines', () => {
  it('says what each answers', () => {
    const config = compile({
      endpoints: {
        ...ENDPOINTS,
        menu: {
          path: '/menu',
          reply: [{ when: { Digits: '1' }, twiml: '<Response/>' }, { status: 204 }],
        },
        app: { path: '/app/*', kind: 'voice.inbound', reply: { origin: 'http://127.0.0.1:1/x' } },
      },
    })
    expect(toEndpointLines(config, 'http://h').map((line) => line.trim().split(/ {2,}/))).toEqual([
      ['http://h/sms', 'TwiML'],
      ['http://h/status', "its kind's default"],
      ['http://h/menu', 'TwiML, or status 204 (2 rules)'],
      ['http://h/app/*', 'voice.inbound: asks http://127.0.0.1:1/x'],
    ])
  })

  it('says so when there are none', () => {
    expect(toEndpointLines(compile({ endpoints: {} }), 'http://h')).toHaveLength(1)
  })
})

describe('toTriggerCommand', () => {
  const call = { url: 'http://127.0.0.1:8787', state: null }
  const toCommand = (endpoints: object, more = {}) =>
    toTriggerCommand(compile({ endpoints, ...more }), call)

  it('is complete: origin that is signed, and where the token is', () => {
    const config = compile({ endpoints: ENDPOINTS, publicUrl: 'https://hooks.example.com' })
    expect(toTriggerCommand(config, { ...call, state: 'here' })).toBe(
      'npm run switchboard -- trigger messaging.inbound --to http://127.0.0.1:8787/sms ' +
        '--public-url https://hooks.example.com --state here',
    )
  })

  it.each([
    [{ voice: { path: '/voice' } }, 'trigger voice.inbound --to'],
    [{ a: { path: '/status' } }, 'trigger messaging.status --to'],
    [{ a: { path: '/x', kind: 'voice.call.status' } }, 'trigger voice.call.status --to'],
    [{ w: { path: '/w/*' }, a: { path: '/a' } }, '--to http://127.0.0.1:8787/a'],
  ])('fits the endpoint %j', (endpoints, part) => {
    expect(toCommand(endpoints)).toContain(part)
    expect(toCommand(endpoints)).not.toContain('--public-url')
  })

  it('is none without an endpoint', () => expect(toCommand({})).toBeNull())
})
