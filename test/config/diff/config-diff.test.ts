/** The difference between two configs, in the paths and values of the config file. */
import { describe, expect, it } from 'vitest'
import { diffConfigs } from '../../../src/config/diff/config-diff.ts'
import { DEFAULT_RETENTION_MS } from '../../../src/config/ledger-settings.ts'
import { createConfig, createEndpoint, createTarget } from '../configs.ts'

const twiml = (text: string) => ({
  type: 'twiml' as const,
  twiml: `<Response><Say>${text}</Say></Response>`,
  when: null,
})
const sms = createEndpoint({ replies: [twiml('one'), twiml('two')] })
const voice = createEndpoint({ name: 'voice', path: '/voice' })
const crm = createTarget()
const ops = createTarget({ name: 'ops' })
const base = createConfig({ endpoints: [sms, voice], targets: [crm, ops] })

describe('diffConfigs', () => {
  it('finds nothing between equals, in another order of endpoints and targets, or with defaults written out', () => {
    expect(diffConfigs(base, structuredClone(base))).toEqual([])
    expect(diffConfigs(base, { ...base, endpoints: [voice, sms], targets: [ops, crm] })).toEqual([])
    const explicit = { redact: [], retentionMs: DEFAULT_RETENTION_MS }
    const targets = [{ ...crm, concurrency: 5, urlSecret: null }, ops]
    expect(diffConfigs(base, { ...base, ...explicit, targets })).toEqual([])
  })

  it('writes paths and durations as the config file does', () => {
    const changed = {
      ...base,
      publicUrl: 'https://hooks.example.com',
      endpoints: [{ ...sms, deadlineMs: 4_000, replies: [twiml('new'), twiml('two')] }, voice],
      targets: [{ ...crm, rate: { limit: 5, perMs: 1_000 }, timeoutMs: 2_500 }, ops],
    }
    expect(diffConfigs(base, changed)).toEqual([
      {
        type: 'changed',
        path: 'endpoints.sms.reply[0].twiml',
        before: '<Response><Say>one</Say></Response>',
        after: '<Response><Say>new</Say></Response>',
      },
      { type: 'added', path: 'endpoints.sms.deadline', after: '4s' },
      { type: 'changed', path: 'targets.crm.timeout', before: '10s', after: '2500ms' },
      { type: 'added', path: 'targets.crm.rate.limit', after: 5 },
      { type: 'added', path: 'targets.crm.rate.per', after: '1s' },
      { type: 'added', path: 'publicUrl', after: 'https://hooks.example.com' },
    ])
  })

  it('counts the order of replies', () => {
    const swapped = createEndpoint({ replies: [twiml('two'), twiml('one')] })
    const paths = diffConfigs(base, { ...base, endpoints: [swapped, voice] }).map((one) => one.path)
    expect(paths).toEqual(['endpoints.sms.reply[0].twiml', 'endpoints.sms.reply[1].twiml'])
  })

  it('takes a list of plain values for one value', () => {
    const targets = [{ ...crm, events: ['voice.*', '*'], retryMs: [] }, ops]
    expect(diffConfigs(base, { ...base, targets, redact: ['Body'] })).toEqual([
      { type: 'changed', path: 'targets.crm.events', before: ['*'], after: ['voice.*', '*'] },
      { type: 'changed', path: 'targets.crm.retry', before: ['5s'], after: [] },
      { type: 'changed', path: 'redact', before: [], after: ['Body'] },
    ])
  })

  it('lists what came and went member by member', () => {
    const faq = createEndpoint({ name: 'my-faq', path: '/faq', replies: [twiml('hi')] })
    expect(diffConfigs(base, { ...base, endpoints: [sms, faq] })).toEqual([
      { type: 'removed', path: 'endpoints.voice.path', before: '/voice' },
      { type: 'added', path: 'endpoints["my-faq"].path', after: '/faq' },
      {
        type: 'added',
        path: 'endpoints["my-faq"].reply[0].twiml',
        after: '<Response><Say>hi</Say></Response>',
      },
    ])
  })

  it('shows a reply that becomes another kind of reply, and a null that is a value', () => {
    const json = { type: 'json' as const, status: 200, json: { a: null }, when: { Body: null } }
    const endpoints = [createEndpoint({ replies: [json, twiml('two')] }), voice]
    expect(diffConfigs(base, { ...base, endpoints })).toEqual([
      {
        type: 'removed',
        path: 'endpoints.sms.reply[0].twiml',
        before: '<Response><Say>one</Say></Response>',
      },
      { type: 'added', path: 'endpoints.sms.reply[0].when.Body', after: null },
      { type: 'added', path: 'endpoints.sms.reply[0].status', after: 200 },
      { type: 'added', path: 'endpoints.sms.reply[0].json.a', after: null },
    ])
  })

  it('sees an origin and what stands in for it', () => {
    const origin = {
      type: 'origin' as const,
      url: 'https://app.example.com',
      deadlineMs: 5_000,
      otherwise: { type: 'status' as const, status: 204 },
      when: null,
    }
    const config = (status: number) => {
      const reply = { ...origin, otherwise: { ...origin.otherwise, status } }
      return createConfig({ endpoints: [createEndpoint({ replies: [reply] })] })
    }
    expect(diffConfigs(config(204), config(403))).toEqual([
      { type: 'changed', path: 'endpoints.sms.reply[0].otherwise.status', before: 204, after: 403 },
    ])
  })

  it.each(['constructor', 'toString', 'hasOwnProperty'])(
    'knows an endpoint that is called %s',
    (name) => {
      const endpoints = [sms, voice, createEndpoint({ name, path: '/x' })]
      expect(diffConfigs(base, { ...base, endpoints })).toEqual([
        { type: 'added', path: `endpoints.${name}.path`, after: '/x' },
      ])
    },
  )

  it('takes all for new when there was nothing', () => {
    const changes = diffConfigs(null, createConfig({ endpoints: [voice] }))
    expect(changes).toContainEqual({ type: 'added', path: 'endpoints.voice.path', after: '/voice' })
    expect(changes.every(({ type }) => type === 'added')).toBe(true)
  })
})
