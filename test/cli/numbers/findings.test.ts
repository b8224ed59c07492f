import { describe, expect, it } from 'vitest'
import { findFindings } from '../../../src/cli/numbers/findings.ts'
import { decideRoutes } from '../../../src/cli/numbers/precedence.ts'
import type { Fields, Resource, ResourceKind } from '../../../src/cli/numbers/resource.ts'
import { around, GATEWAY, OLD, ORIGIN, toResource } from './resources.ts'

const BIN = 'https://handler.twilio.com/twiml/EH1'

/** The findings of the first channel. */
function find(fields: Fields, kind: ResourceKind = 'number', more: Partial<Resource> = {}) {
  const resource = toResource(kind, 'XX1', { fields, ...more })
  const [route] = decideRoutes(resource, around(resource))
  if (!route) throw new Error('no route')
  return findFindings(resource, route, GATEWAY)
}

const good = { voiceUrl: `${ORIGIN}/voice`, voiceMethod: 'POST', voiceFallbackUrl: BIN }

describe('findFindings', () => {
  it('finds nothing where all is well', () => {
    expect(find(good)).toEqual([])
    expect(find({ ...good, voiceUrl: `${ORIGIN}:443/voice?a=1#rc=2&rp=5xx` })).toEqual([])
    expect(find({ ...good, voiceUrl: 'https://user:pass@HOOKS.example.com/voice' })).toEqual([])
    expect(find({ ...good, voiceUrl: `${ORIGIN}/app/any/thing` })).toEqual([])
  })

  const cases: [string, Fields, string[]][] = [
    ['another host', { voiceUrl: `${OLD}/voice` }, ['bypass']],
    ['plain http', { voiceUrl: 'http://hooks.example.com/voice' }, ['bypass']],
    ['another port', { voiceUrl: `${ORIGIN}:8443/voice` }, ['bypass']],
    ['a host that only begins alike', { voiceUrl: `${ORIGIN}.evil.example/voice` }, ['bypass']],
    ['no URL at all', { voiceUrl: 'hooks.example.com/voice' }, ['bypass']],
    ['a path without an endpoint', { voiceUrl: `${ORIGIN}/Voice` }, ['unknown_endpoint']],
    ['no fallback', { voiceFallbackUrl: null }, ['no_fallback']],
    ['the gateway as fallback', { voiceFallbackUrl: `${ORIGIN}/x` }, ['fallback_is_gateway']],
    ['GET', { voiceMethod: 'GET' }, ['uses_get']],
    ['GET of the fallback', { voiceFallbackMethod: 'GET' }, ['uses_get']],
    [
      'GET of a fallback that is none',
      { voiceFallbackUrl: null, voiceFallbackMethod: 'GET' },
      ['no_fallback'],
    ],
    ['bad overrides', { voiceUrl: `${ORIGIN}/voice#rc=6` }, ['bad_overrides']],
    ['bad overrides of the fallback', { voiceFallbackUrl: `${BIN}#x=1` }, ['bad_overrides']],
    ['no URL', { voiceUrl: null }, ['no_url']],
  ]

  it.each(cases)('finds %s', (_name, fields, findings) => {
    expect(find({ ...good, ...fields })).toEqual(findings)
  })

  it('lists several, the worst first', () => {
    const fields = { voiceUrl: `${OLD}/#rc=x`, voiceMethod: 'GET' }
    expect(find(fields)).toEqual(['bypass', 'no_fallback', 'bad_overrides', 'uses_get'])
  })

  it('does not mind what an app does not serve', () => {
    expect(find({}, 'application')).toEqual([])
    expect(find({}, 'sip-domain')).toEqual(['no_url'])
  })

  it('tells a trunk and a service that drops', () => {
    expect(find({}, 'number', { trunkSid: 'TK1' })).toEqual(['trunk'])
    expect(find({}, 'service')).toEqual(['inbound_disabled'])
    expect(find({}, 'number', { voiceApplicationSid: 'AP9' })).toEqual(['application_missing'])
  })

  it('does not ask a status callback for a fallback', () => {
    const resource = toResource('number', 'PN1', { fields: { statusCallback: `${OLD}/status` } })
    const status = decideRoutes(resource, around()).find(({ channel }) => channel === 'status')
    expect(status && findFindings(resource, status, GATEWAY)).toEqual(['bypass'])
  })
})
