import { describe, expect, it } from 'vitest'
import { decideRoutes } from '../../../src/cli/numbers/precedence.ts'
import type { Resource } from '../../../src/cli/numbers/resource.ts'
import { ACCOUNT, around, toResource } from './resources.ts'

const own = {
  voiceUrl: 'https://own.example.com/voice',
  smsUrl: 'https://own.example.com/sms',
  statusCallback: 'https://own.example.com/status',
}
const app = toResource('application', 'AP1', {
  fields: {
    voiceUrl: 'https://app.example.com/voice',
    smsUrl: 'https://app.example.com/sms',
    statusCallback: 'https://app.example.com/status',
  },
})
const service = toResource('service', 'MG1', {
  fields: { inboundRequestUrl: 'https://service.example.com/in' },
})
const silent = toResource('service', 'MG2')
const deferring = toResource('service', 'MG3', {
  fields: { inboundRequestUrl: 'https://unused.example.com/' },
  defersToNumbers: true,
})

/** `voice` → who decides, and the host that is called. */
function decide(more: Partial<Resource>, servicesUnread: string[] = []) {
  const number = toResource('number', 'PN1', { fields: own, ...more })
  const all = around(number, app, service, silent, deferring)
  const routes = decideRoutes(number, { ...all, servicesUnread: new Set(servicesUnread) })
  return Object.fromEntries(
    routes.map(({ channel, by, hook }) => {
      const host = hook?.url ? new URL(hook.url).hostname.split('.')[0] : null
      return [channel, host ? `${by} ${host}` : by]
    }),
  )
}

describe('decideRoutes of a number', () => {
  const cases: [string, Partial<Resource>, Record<string, string>][] = [
    ['nothing else', {}, { voice: 'self own', sms: 'self own', status: 'self own' }],
    [
      'a voice app',
      { voiceApplicationSid: 'AP1' },
      { voice: 'application app', sms: 'self own', status: 'application app' },
    ],
    [
      'an SMS app',
      { smsApplicationSid: 'AP1' },
      { voice: 'self own', sms: 'application app', status: 'self own' },
    ],
    [
      'a trunk before an app',
      { trunkSid: 'TK1', voiceApplicationSid: 'AP1' },
      { voice: 'trunk', sms: 'self own', status: 'trunk' },
    ],
    [
      'a service before an app',
      { serviceSid: 'MG1', smsApplicationSid: 'AP1' },
      { voice: 'self own', sms: 'service service', status: 'self own' },
    ],
    [
      'a service that drops',
      { serviceSid: 'MG2' },
      { voice: 'self own', sms: 'disabled', status: 'self own' },
    ],
    [
      'a service that defers',
      { serviceSid: 'MG3' },
      { voice: 'self own', sms: 'self own', status: 'self own' },
    ],
    [
      'a service that defers, and an app',
      { serviceSid: 'MG3', smsApplicationSid: 'AP1' },
      { voice: 'self own', sms: 'application app', status: 'self own' },
    ],
    [
      'an app and a service that are not there',
      { voiceApplicationSid: 'AP9', serviceSid: 'MG9' },
      { voice: 'missing', sms: 'missing', status: 'missing' },
    ],
    ['no voice', { lacks: ['voice', 'status'] }, { sms: 'self own' }],
  ]

  it.each(cases)('with %s', (_name, more, routes) => {
    expect(decide(more)).toEqual(routes)
  })

  it('does not guess about messages when services could not be read', () => {
    expect(decide({}, [ACCOUNT])).toMatchObject({ voice: 'self own', sms: 'unread' })
    expect(decide({ smsApplicationSid: 'AP1' }, [ACCOUNT])).toMatchObject({ sms: 'unread' })
    expect(decide({}, ['AC-other'])).toMatchObject({ sms: 'self own' })
  })
})

describe('decideRoutes of what numbers share', () => {
  const decideOwn = (resource: Resource) =>
    decideRoutes(resource, around(resource)).map(({ channel, by }) => `${channel} ${by}`)

  it('knows when a service leaves it to its numbers, or drops', () => {
    expect(decideOwn(service)).toEqual(['sms self', 'message-status self'])
    expect(decideOwn(silent)).toEqual(['sms disabled', 'message-status self'])
    expect(decideOwn(deferring)).toEqual(['sms numbers', 'message-status self'])
  })

  it('counts an older name only where it is in use', () => {
    const channels = (fields: Resource['fields']) =>
      decideRoutes(toResource('application', 'AP2', { fields }), around()).map(
        ({ slot }) => slot?.url,
      )
    expect(channels({})).not.toContain('smsStatusCallback')
    expect(channels({ smsStatusCallback: 'https://a.example.com/' })).toContain('smsStatusCallback')
  })

  it('lets a service decide about a short code', () => {
    const code = toResource('short-code', 'SC1', { fields: own, serviceSid: 'MG1' })
    expect(decideRoutes(code, around(code, service))).toMatchObject([{ by: 'service' }])
  })

  it('takes POST for a method that Twilio does not tell', () => {
    const [route] = decideRoutes(service, around(service))
    expect(route?.hook).toMatchObject({ method: 'POST', fallbackMethod: 'POST' })
  })
})
