import { describe, expect, it } from 'vitest'
import { guessKind } from '../../../src/cli/check/try-origin.ts'
import { planTrials } from '../../../src/cli/check/try-all.ts'
import { toSummary, toSummaryText } from '../../../src/cli/check/summary.ts'
import { UsageError } from '../../../src/cli/terminal/errors.ts'
import { compiled } from '../../config/compile-case.ts'

const otherwise = { twiml: '<Response><Say>Later</Say></Response>' }
const { config } = compiled({
  endpoints: {
    main: { path: '/main', reply: { origin: 'https://app.example.com/x', otherwise } },
    sms: {
      path: '/sms',
      reply: [
        { when: { Body: 'a' }, twiml: '<Response/>' },
        { origin: 'https://app.example.com/y' },
      ],
    },
    hook: { path: '/hook', reply: { origin: 'https://app.example.com/z' } },
    status: { path: '/status' },
  },
  targets: {
    crm: { url: 'https://crm.example.com/secret-path', events: ['*'], secret: 'CRM_SECRET' },
    old: { url: 'https://old.example.com', events: ['*'], format: 'twilio' },
    ops: { urlSecret: 'OPS_URL', events: ['switchboard.*'], format: 'slack' },
  },
})

const shown = (only: string[]) => {
  const { targets, origins, asTwilio } = planTrials(config, only)
  return { targets, origins: origins.map(({ endpoint }) => endpoint.name), asTwilio }
}

describe('planTrials', () => {
  it('calls everything, and knows who could take a test for a request of Twilio', () => {
    expect(shown([])).toEqual({
      targets: ['crm', 'old', 'ops'],
      origins: ['main', 'sms', 'hook'],
      asTwilio: ['target old', 'the app of main', 'the app of sms', 'the app of hook'],
    })
  })

  it('calls only what is named', () => {
    expect(shown(['ops', 'sms'])).toEqual({
      targets: ['ops'],
      origins: ['sms'],
      asTwilio: ['the app of sms'],
    })
  })

  it.each(['crmm', 'status'])('refuses %s, of which there is nothing to call', (name) => {
    expect(() => planTrials(config, [name])).toThrow(UsageError)
  })
})

describe('guessKind', () => {
  const kindOf = (name: string) => {
    const endpoint = config.endpoints.find((each) => each.name === name)
    return endpoint && guessKind(endpoint)
  }

  it('goes by the documents, then by the name, and does not invent one', () => {
    expect([kindOf('main'), kindOf('sms'), kindOf('hook')]).toEqual([
      'voice.inbound',
      'messaging.inbound',
      null,
    ])
  })
})

describe('toSummary', () => {
  it('tells what is there, without paths and secrets of targets', () => {
    const summary = toSummary(config, [{ name: 'CRM_SECRET', isSet: true }])
    expect(summary.endpoints[1]).toEqual({
      name: 'sms',
      path: '/sms',
      kind: null,
      replies: ['TwiML', 'app.example.com'],
      remembers: true,
    })
    expect(summary.endpoints[3]).toMatchObject({ name: 'status', remembers: false })
    expect(summary.targets.map(({ to, secrets }) => [to, secrets])).toEqual([
      ['crm.example.com', [{ name: 'CRM_SECRET', isSet: true }]],
      ['old.example.com', []],
      ['OPS_URL', [{ name: 'OPS_URL', isSet: false }]],
    ])
    expect(toSummaryText(summary)).not.toContain('secret-path')
  })
})
