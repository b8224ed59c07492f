/** The config as a whole: what a user writes compiles, and every problem comes at once with its place. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import twilio from 'twilio'
import { describe, expect, test } from 'vitest'
import { defineConfig, file, hours, origin } from '../../src/config/index.ts'
import sample from '../../switchboard.config.ts'
import { compile, compiled, problemsOf, TARGET, warningsOf } from './compile-case.ts'

const REPLIES = join(import.meta.dirname, '../../replies')

/** Whatever is there: the config in this folder is the user's own to change. */
const files = Object.fromEntries(
  readdirSync(REPLIES).map((name) => [
    `replies/${name}`,
    readFileSync(join(REPLIES, name), 'utf8'),
  ]),
)

describe('the sample config', () => {
  test('has no problem and no warning', () => {
    expect(warningsOf(sample, { local: true, files })).toEqual([])
  })

  test('can be deployed as it is', () => {
    expect(problemsOf(sample, { files })).toEqual([])
  })
})

const example = defineConfig({
  publicUrl: 'https://hooks.example.com',
  endpoints: {
    sms: { path: '/sms', reply: { twiml: file('replies/thanks.xml') } },
    voice: {
      path: '/voice',
      reply: [
        { when: { Digits: '1' }, twiml: file('replies/sales.xml') },
        { twiml: file('replies/menu.xml') },
      ],
    },
    agent: {
      path: '/agent',
      reply: origin('https://app.example.com/voice', {
        deadline: '4s',
        otherwise: { twiml: file('replies/voicemail.xml') },
      }),
    },
    status: { path: '/status' },
  },
  targets: {
    crm: {
      url: 'https://crm.example.com/hooks/twilio',
      events: ['messaging.*', 'voice.call.status'],
      where: { 'data.from': { $regex: '^\\+1' } },
      secret: 'CRM_SIGNING_SECRET',
      format: 'cloudevents',
      timeout: '10s',
      retry: ['5s', '5m', '30m', '2h', '5h', '10h', '14h', '20h', '24h'],
      rate: { limit: 50, per: '1s' },
      concurrency: 20,
    },
    people: {
      urlSecret: 'SLACK_WEBHOOK_URL',
      events: ['switchboard.*', 'debugger', 'usage.trigger'],
      format: 'slack',
    },
  },
  redact: ['Body', 'Digits'],
  retention: '7d',
})

const twiml = (name: string) => ({ type: 'twiml', twiml: files[`replies/${name}.xml`] })

describe('a whole config', () => {
  const { config, warnings } = compiled(example, { files })

  test('has no warning', () => {
    expect(warnings).toEqual([])
  })

  test('what the ledger keeps', () => {
    expect(config).toMatchObject({ redact: ['Body', 'Digits'], retentionMs: 7 * 86_400_000 })
  })

  test('endpoints', () => {
    const plain = { kind: null, deadlineMs: null }
    expect(config).toMatchObject({ publicUrl: 'https://hooks.example.com', lookupBudgetMs: 50 })
    expect(config.endpoints).toEqual([
      { ...plain, name: 'sms', path: '/sms', replies: [{ ...twiml('thanks'), when: null }] },
      {
        ...plain,
        name: 'voice',
        path: '/voice',
        replies: [
          { ...twiml('sales'), when: { Digits: '1' } },
          { ...twiml('menu'), when: null },
        ],
      },
      {
        ...plain,
        name: 'agent',
        path: '/agent',
        replies: [
          {
            type: 'origin',
            url: 'https://app.example.com/voice',
            deadlineMs: 4_000,
            otherwise: twiml('voicemail'),
            when: null,
          },
        ],
      },
      { ...plain, name: 'status', path: '/status', replies: [] },
    ])
  })

  test('targets', () => {
    expect(config.targets).toEqual([
      {
        name: 'crm',
        url: 'https://crm.example.com/hooks/twilio',
        urlSecret: null,
        events: ['messaging.*', 'voice.call.status'],
        where: { 'data.from': { $regex: '^\\+1' } },
        secrets: ['CRM_SIGNING_SECRET'],
        format: 'cloudevents',
        timeoutMs: 10_000,
        retryMs: [5e3, 3e5, 18e5, 72e5, 18e6, 36e6, 504e5, 72e6, 864e5],
        rate: { limit: 50, perMs: 1_000 },
        concurrency: 20,
        headers: {},
        bearer: null,
      },
      {
        name: 'people',
        url: '',
        urlSecret: 'SLACK_WEBHOOK_URL',
        events: ['switchboard.*', 'debugger', 'usage.trigger'],
        where: null,
        secrets: [],
        format: 'slack',
        timeoutMs: 10_000,
        retryMs: [5e3, 3e5, 18e5, 72e5, 18e6, 36e6, 504e5, 72e6, 864e5],
        rate: null,
        concurrency: 5,
        headers: {},
        bearer: null,
      },
    ])
  })

  test('is plain JSON', () => {
    expect(JSON.parse(JSON.stringify(config))).toEqual(config)
  })
})

test('everything optional', () => {
  const input = defineConfig({
    publicUrl: 'https://hooks.example.com/',
    lookupBudget: '100ms',
    endpoints: {
      a: {
        path: '/a/*',
        kind: 'voice.inbound',
        deadline: '8s',
        reply: origin('https://x.com/v/*'),
      },
      built: { path: '/built', reply: { twiml: new twilio.twiml.VoiceResponse() } },
      b: {
        path: '/b',
        reply: [
          { when: { ...hours({ zone: 'UTC', days: 'mon-fri' }), From: '1' }, status: 403 },
          { json: { a: 1 }, status: 201 },
        ],
      },
    },
    targets: {
      t: {
        url: TARGET.url,
        events: TARGET.events,
        secrets: ['NEW', 'OLD'],
        bearer: 'TOKEN',
        headers: { 'X-Team': 'a b' },
        retry: [],
      },
    },
  })
  const { config } = compiled(input)
  expect(config).toMatchObject({
    publicUrl: 'https://hooks.example.com',
    lookupBudgetMs: 100,
    endpoints: [
      {
        kind: 'voice.inbound',
        deadlineMs: 8_000,
        replies: [{ url: 'https://x.com/v/*', deadlineMs: 5_000, otherwise: null }],
      },
      { replies: [{ twiml: String(new twilio.twiml.VoiceResponse()) }] },
      {
        replies: [
          { status: 403, when: { $time: [{ zone: 'UTC', days: 'mon-fri' }], From: '1' } },
          { type: 'json', status: 201, json: { a: 1 } },
        ],
      },
    ],
    targets: [
      { secrets: ['NEW', 'OLD'], bearer: 'TOKEN', headers: { 'x-team': 'a b' }, retryMs: [] },
    ],
  })
})

test.each([null, undefined, 'text', [], 3, () => ({})])('no config at all: %j', (input) => {
  expect(problemsOf(input)).toHaveLength(1)
})

test('all problems at once, each with what to do', () => {
  const result = compile({
    publicURL: 'https://hooks.example.com',
    lookupBudget: '1h',
    endpoints: {
      voice: { path: 'voice', deadline: 4, reply: [{ twiml: '<Response><Sai/></Response>' }, {}] },
      status: { pth: '/status' },
    },
    targets: { crm: { url: 'ftp://x', events: [], retry: ['x'] }, 'b d': TARGET },
    redact: 'Body',
    retention: '1h',
  })
  const problems = result.ok ? [] : result.error
  expect(problems.map(({ path, code }) => `${path} ${code}`).toSorted()).toEqual([
    'endpoints.status.path missing',
    'endpoints.status.pth unknown_key',
    'endpoints.voice.deadline wrong_type',
    'endpoints.voice.path bad_path',
    'endpoints.voice.reply[0].twiml twiml_unknown_element',
    'endpoints.voice.reply[1] bad_reply',
    'endpoints.voice.reply[1] unreachable_reply',
    'lookupBudget out_of_range',
    'publicURL unknown_key',
    'redact wrong_type',
    'retention out_of_range',
    'targets.crm.events out_of_range',
    'targets.crm.retry[0] bad_duration',
    'targets.crm.url bad_url',
    'targets["b d"] bad_name',
  ])
  expect(problems.every(({ message, fix }) => message !== '' && fix !== '')).toBe(true)
})

test.each([
  [{ endpoint: {} }, 'endpoints'],
  [{ endpoints: { a: { Path: '/a' } } }, 'path'],
  [{ endpoints: { a: { path: '/a', replies: [] } } }, 'reply'],
  [{ endpoints: {}, targets: { t: { ...TARGET, evnts: [] } } }, 'events'],
  [{ endpoints: {}, targets: { t: { ...TARGET, rate: { limits: 1, per: '1s' } } } }, 'limit'],
  [{ endpoints: { a: { path: '/a', kind: 'voice.inbond' } } }, 'voice.inbound'],
  [{ endpoints: {}, targets: { t: { ...TARGET, urlSecert: 'A' } } }, 'urlSecret'],
  [{ endpoints: {}, targets: { t: { ...TARGET, format: 'slak' } } }, 'slack'],
  [{ endpoints: {}, retenton: '7d' }, 'retention'],
  [{ endpoints: { a: { path: '/a', reply: { twmil: '<Response/>' } } } }, 'twiml'],
])('did you mean: %j', (input, meant) => {
  const result = compile(input)
  const fixes = result.ok ? [] : result.error.map(({ fix }) => fix)
  expect(fixes).toContain(`did you mean "${meant}"?`)
})
