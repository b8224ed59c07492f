import { describe, expect, it } from 'vitest'
import { planAdoption } from '../../../src/cli/numbers/plan-adopt.ts'
import type { Resource } from '../../../src/cli/numbers/resource.ts'
import type { Wish } from '../../../src/cli/numbers/wish.ts'
import { around, GATEWAY, OLD, ORIGIN, toResource } from './resources.ts'

const BIN = 'https://handler.twilio.com/twiml/EH1'

const toWish = (more: Partial<Wish> = {}): Wish => ({
  targets: {
    voice: { url: `${ORIGIN}/voice`, isChosen: false },
    sms: { url: `${ORIGIN}/sms`, isChosen: false },
    status: null,
  },
  fallbacks: { voice: null, sms: null },
  overrides: 'rc=2',
  ...more,
})

function plan(resources: Resource[], chosen: Resource[] | null = null, wish = toWish()) {
  const { changes, already, left, withoutFallback } = planAdoption({
    ...around(...resources),
    resources,
    chosen,
    gateway: GATEWAY,
    wish,
  })
  return {
    sets: Object.fromEntries(changes.map(({ resource, set }) => [resource.sid, set])),
    moves: Object.fromEntries(changes.map(({ resource, moves }) => [resource.sid, moves])),
    left: left.map(({ resource, reason }) => `${resource.sid} ${reason}`),
    already,
    withoutFallback,
  }
}

const VOICE = `${ORIGIN}/voice#rc=2`
const SMS = `${ORIGIN}/sms#rc=2`

const toNumber = (sid: string, more: Partial<Resource> = {}) =>
  toResource('number', sid, {
    fields: {
      voiceUrl: `${OLD}/voice?tenant=1`,
      voiceMethod: 'POST',
      smsUrl: `${OLD}/sms`,
      smsMethod: 'GET',
      statusCallback: `${OLD}/status`,
    },
    ...more,
  })

describe('planAdoption of a number', () => {
  it('changes its URLs and what else has to be, and nothing that is right', () => {
    expect(plan([toNumber('PN1')])).toEqual({
      sets: { PN1: { voiceUrl: VOICE, smsUrl: SMS, smsMethod: 'POST' } },
      moves: { PN1: 0 },
      left: [],
      already: 0,
      withoutFallback: 2,
    })
  })

  it('has nothing to do the second time', () => {
    const done = toNumber('PN1', {
      fields: { voiceUrl: VOICE, smsUrl: SMS, voiceMethod: 'POST', smsMethod: 'POST' },
    })
    expect(plan([done])).toMatchObject({ sets: {}, already: 1 })
  })

  it('sets the fallback that is given, and keeps one that is there otherwise', () => {
    const number = toNumber('PN1', {
      fields: { voiceFallbackUrl: `${OLD}/help`, voiceFallbackMethod: 'GET' },
    })
    const wish = toWish({ fallbacks: { voice: BIN, sms: null } })
    expect(plan([number], null, wish).sets['PN1']).toMatchObject({
      voiceFallbackUrl: BIN,
      voiceFallbackMethod: 'POST',
    })
    expect(plan([number], null, wish).withoutFallback).toBe(1)
    expect(plan([number]).sets['PN1']).not.toHaveProperty('voiceFallbackUrl')
  })

  it('keeps the endpoint of the gateway that somebody chose, unless a path is given', () => {
    const chosen = toNumber('PN1', { fields: { smsUrl: `${ORIGIN}/de/sms`, voiceUrl: VOICE } })
    expect(plan([chosen]).sets).toEqual({ PN1: { smsUrl: `${ORIGIN}/de/sms#rc=2` } })
    const tuned = toNumber('PN1', { fields: { smsUrl: `${ORIGIN}/de/sms#rc=0`, voiceUrl: VOICE } })
    expect(plan([tuned]).sets).toEqual({})
    const broken = toNumber('PN1', { fields: { smsUrl: `${ORIGIN}/de/sms#rc=9`, voiceUrl: VOICE } })
    expect(plan([broken]).sets).toEqual({ PN1: { smsUrl: `${ORIGIN}/de/sms#rc=2` } })
    const { targets } = toWish()
    const sms = { url: `${ORIGIN}/sms`, isChosen: true }
    const wish = toWish({ targets: { ...targets, sms } })
    expect(plan([tuned], null, wish).sets).toEqual({ PN1: { smsUrl: SMS } })
  })

  it('replaces a path of the gateway that no endpoint has', () => {
    const lost = toNumber('PN1', { fields: { smsUrl: `${ORIGIN}/gone#rc=2`, voiceUrl: VOICE } })
    expect(plan([lost]).sets).toEqual({ PN1: { smsUrl: SMS } })
  })

  it('leaves trunks, and channels that a number does not have', () => {
    const trunk = toNumber('PN1', { trunkSid: 'TK1' })
    const mute = toNumber('PN2', { lacks: ['voice', 'status'] })
    const { sets, left } = plan([trunk, mute])
    expect(sets['PN1']).not.toHaveProperty('voiceUrl')
    expect(sets['PN2']).not.toHaveProperty('voiceUrl')
    expect(left).toEqual(['PN1 trunk'])
  })

  it('writes no method where Twilio tells none: it could not be put back', () => {
    expect(plan([toResource('number', 'PN1')]).sets).toEqual({
      PN1: { voiceUrl: VOICE, smsUrl: SMS },
    })
  })
})

describe('planAdoption of what numbers share', () => {
  const app = toResource('application', 'AP1', { fields: { voiceUrl: `${OLD}/app` } })
  const service = toResource('service', 'MG1', { fields: { inboundRequestUrl: `${OLD}/in` } })
  const one = toNumber('PN1', { voiceApplicationSid: 'AP1', serviceSid: 'MG1' })
  const two = toNumber('PN2', { voiceApplicationSid: 'AP1', serviceSid: 'MG1' })
  const all = [one, two, app, service]

  it('changes what decides, once, and says how many that moves', () => {
    const { sets, moves, left } = plan(all)
    expect(sets).toEqual({ AP1: { voiceUrl: VOICE }, MG1: { inboundRequestUrl: SMS } })
    expect(moves).toEqual({ AP1: 2, MG1: 2 })
    expect(left).toEqual([])
  })

  it('never moves a number that was not chosen', () => {
    const { sets, left } = plan(all, [one])
    expect(sets).toEqual({})
    expect(left).toEqual(['PN1 shared', 'PN1 shared'])
  })

  it('changes it when all of its numbers are chosen, or it is itself', () => {
    expect(Object.keys(plan(all, [one, two]).sets)).toEqual(['AP1', 'MG1'])
    expect(plan(all, [one, service]).sets).toEqual({ MG1: { inboundRequestUrl: SMS } })
    expect(plan(all, [app]).sets['AP1']).toMatchObject({ voiceUrl: VOICE })
  })

  it('leaves apps without numbers and SIP domains unless they are chosen', () => {
    const browser = toResource('application', 'AP2', { fields: { voiceUrl: `${OLD}/out` } })
    const sip = toResource('sip-domain', 'SD1', { fields: { voiceUrl: `${OLD}/sip` } })
    const { sets, left } = plan([browser, sip])
    expect(sets).toEqual({})
    expect(left).toEqual(['AP2 not_chosen', 'SD1 not_chosen'])
    expect(plan([browser, sip], [sip]).sets).toEqual({ SD1: { voiceUrl: VOICE } })
  })

  it('switches on a service that drops only when it is chosen', () => {
    const silent = toResource('service', 'MG2')
    const number = toNumber('PN3', { serviceSid: 'MG2', lacks: ['voice'] })
    expect(plan([silent, number])).toMatchObject({
      sets: {},
      left: ['MG2 disabled', 'PN3 disabled'],
    })
    expect(plan([silent, number], [number]).sets).toEqual({})
    expect(plan([silent, number], [silent]).sets).toEqual({ MG2: { inboundRequestUrl: SMS } })
  })

  it('leaves messages when the services of the account could not be read', () => {
    const number = toNumber('PN1')
    const { changes, left } = planAdoption({
      ...around(number),
      servicesUnread: new Set([number.account]),
      resources: [number],
      chosen: null,
      gateway: GATEWAY,
      wish: toWish(),
    })
    expect(changes).toMatchObject([{ set: { voiceUrl: VOICE } }])
    expect(changes[0]?.set).not.toHaveProperty('smsUrl')
    expect(left).toMatchObject([{ reason: 'unread' }])
  })

  it('takes both kinds of status callbacks, the older name only where it is in use', () => {
    const { targets } = toWish()
    const status = { url: `${ORIGIN}/status`, isChosen: false }
    const wish = toWish({ targets: { ...targets, voice: null, sms: null, status } })
    const apps = [
      toResource('application', 'AP1'),
      toResource('application', 'AP2', { fields: { smsStatusCallback: `${OLD}/s` } }),
    ]
    const url = `${ORIGIN}/status#rc=2`
    expect(plan(apps, apps, wish).sets).toEqual({
      AP1: { statusCallback: url, messageStatusCallback: url },
      AP2: { statusCallback: url, messageStatusCallback: url, smsStatusCallback: url },
    })
  })
})
