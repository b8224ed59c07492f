/** What is checked about replies: their type, their fit to a pinned kind, files, rules, origins. */
import twilio from 'twilio'
import { describe, expect, test } from 'vitest'
import { origin } from '../../src/config/index.ts'
import { compile, compiled, problemsOf, warningsOf, withReply } from './compile-case.ts'

const EMPTY = '<Response/>'
const place = 'endpoints.e.reply'

const twimlOf = (twiml: unknown, files = {}) =>
  compiled(withReply({ twiml }), { files }).config.endpoints[0]?.replies[0]

describe('sources of TwiML', () => {
  test('text, a file, and documents of the official builder', () => {
    const voice = new twilio.twiml.VoiceResponse()
    voice.say({ voice: 'alice' }, 'Hi & bye')
    const message = new twilio.twiml.MessagingResponse()
    message.message('Hi')
    expect(twimlOf(EMPTY)).toMatchObject({ type: 'twiml', twiml: EMPTY })
    expect(twimlOf({ file: 'a.xml' }, { 'a.xml': `\uFEFF${EMPTY}` })).toMatchObject({
      twiml: EMPTY,
    })
    expect(twimlOf(voice)).toMatchObject({ twiml: String(voice) })
    expect(twimlOf(message)).toMatchObject({ twiml: String(message) })
  })

  test.each([
    [{ file: 'nope.xml' }, 'file_missing'],
    ['replies/menu.xml', 'twiml_malformed'],
    [{}, 'wrong_type'],
    [3, 'wrong_type'],
    [null, 'wrong_type'],
    [[EMPTY], 'wrong_type'],
  ])('%j: %s', (twiml, code) => {
    expect(problemsOf(withReply({ twiml }))).toEqual([`${place}.twiml ${code}`])
  })

  test('a problem in a file names the file', () => {
    const files = { 'a.xml': '<Response>\n<Sai/></Response>' }
    const result = compile(withReply({ twiml: { file: 'a.xml' } }), { files })
    expect(result.ok ? '' : result.error[0]?.message).toMatch(/^a\.xml: line 2: /)
  })
})

describe('types of replies', () => {
  test.each([
    [{ status: 204 }],
    [{ status: 403 }],
    [{ status: 499 }],
    [{ json: null }],
    [{ json: { a: ['{{From}}'] }, status: 422 }],
    [[]],
  ])('%j', (reply) => {
    expect(problemsOf(withReply(reply))).toEqual([])
  })

  test.each([
    ['text', ' bad_reply'],
    [null, ' bad_reply'],
    [{}, ' bad_reply'],
    [{ when: { a: 1 } }, ' bad_reply'],
    [{ file: 'a.xml' }, ' bad_reply'],
    [{ twiml: EMPTY, json: {} }, ' bad_reply'],
    [{ twiml: EMPTY, status: 200 }, ' bad_reply'],
    [{ twiml: EMPTY, deadline: '4s' }, '.deadline unknown_key'],
    [{ status: 302 }, '.status bad_status'],
    [{ status: 199 }, '.status out_of_range'],
    // What was recorded is what a retry gets: a failure would be for good.
    [{ status: 503 }, '.status out_of_range'],
    [{ status: 204.5 }, '.status wrong_type'],
    [{ status: '204' }, '.status wrong_type'],
    [{ json: {}, status: 301 }, '.status bad_status'],
    [{ json: undefined }, '.json not_json'],
    [{ json: { a: [() => 1] } }, '.json.a[0] not_json'],
    [{ json: { a: Number.NaN } }, '.json.a not_json'],
    [{ json: { a: new Date(0) } }, '.json.a not_json'],
    [{ json: { '{{a}}': 1 } }, '.json["{{a}}"] bad_placeholder'],
    [{ json: ['{{a b}}'] }, '.json[0] bad_placeholder'],
    [{ json: 'x'.repeat(70_000) }, '.json out_of_range'],
  ])('%j:%s', (reply, problem) => {
    expect(problemsOf(withReply(reply))).toEqual([place + problem])
  })

  test('JSON that contains itself', () => {
    const loop: { again?: unknown } = {}
    loop.again = loop
    const [problem] = problemsOf(withReply({ json: loop }))
    expect(problem).toMatch(/^endpoints\.e\.reply\.json(?:\.again)+ not_json$/)
  })
})

describe('a pinned kind', () => {
  test.each([
    ['messaging.inbound', { twiml: EMPTY }],
    ['messaging.inbound', { status: 204 }],
    ['messaging.inbound', origin('https://x.com')],
    ['conversations.pre', { json: {} }],
    ['conversations.pre', { status: 403 }],
  ])('%s with %j', (kind, reply) => {
    expect(warningsOf(withReply(reply, { kind }))).toEqual([])
  })

  test.each([
    ['messaging.inbound', { json: {} }, '.json reply_mismatch'],
    ['conversations.pre', { twiml: EMPTY }, '.twiml reply_mismatch'],
    [
      'conversations.pre',
      origin('https://x.com', { otherwise: { twiml: EMPTY } }),
      '.otherwise.twiml reply_mismatch',
    ],
    [
      'messaging.inbound',
      { twiml: '<Response><Say>x</Say></Response>' },
      '.twiml twiml_unknown_element',
    ],
    [
      'voice.inbound',
      { twiml: '<Response><Message>x</Message></Response>' },
      '.twiml twiml_unknown_element',
    ],
  ])('%s without %j', (kind, reply, problem) => {
    expect(problemsOf(withReply(reply, { kind }))).toEqual([place + problem])
  })

  test('that nobody answers gives a warning', () => {
    expect(warningsOf(withReply({ twiml: EMPTY }, { kind: 'voice.call.status' }))).toEqual([
      `${place}.twiml reply_ignored`,
    ])
  })
})

describe('rules', () => {
  const one = { when: { Digits: '1' }, twiml: EMPTY }
  test('the last may be without a condition', () => {
    expect(problemsOf(withReply([one, one, { twiml: EMPTY }]))).toEqual([])
  })
  test('what stands behind one without a condition is never used', () => {
    expect(problemsOf(withReply([one, { twiml: EMPTY }, one, { status: 204 }]))).toEqual([
      `${place}[2] unreachable_reply`,
      `${place}[3] unreachable_reply`,
    ])
  })
  test('a broken condition is one problem', () => {
    const broken = { when: { Digits: { $is: 1 } }, twiml: EMPTY }
    expect(problemsOf(withReply([broken, one]))).toEqual([
      `${place}[0].when.Digits.$is unknown_operator`,
    ])
  })
})

const deadlineOf = (endpoint: object) =>
  compiled(withReply(origin('https://x.com'), endpoint)).config.endpoints[0]?.replies[0]

describe('origin', () => {
  test.each([
    [origin('https://x.com/a?b=1', { deadline: '14s' }), {}],
    [origin('https://x.com/a/*'), { path: '/e/*' }],
    [origin('https://x.com', { when: { a: '1' }, otherwise: { status: 404 } }), {}],
    [{ origin: 'https://x.com', deadline: '100ms' }, { kind: 'conversations.pre' }],
  ])('%j', (reply, endpoint) => {
    expect(problemsOf(withReply(reply, endpoint))).toEqual([])
  })

  test.each([
    [{ origin: 'https://x.com', deadline: '14001ms' }, {}, '.deadline out_of_range'],
    [{ origin: 'https://x.com', deadline: '3s' }, { deadline: '2s' }, '.deadline out_of_range'],
    [
      { origin: 'https://x.com', deadline: '4001ms' },
      { kind: 'conversations.pre' },
      '.deadline out_of_range',
    ],
    [{ origin: 'http://x.com' }, {}, '.origin not_https'],
    [{ origin: 'https://x.com/{{From}}' }, {}, '.origin bad_placeholder'],
    [{ origin: 'https://x.com/*' }, {}, '.origin bad_url'],
    [{ origin: 'https://x.com/*/a' }, { path: '/e/*' }, '.origin bad_url'],
    [{ origin: 'https://x.com', otherwise: 'x' }, {}, '.otherwise bad_reply'],
    [{ origin: 'https://x.com', otherwise: { status: 301 } }, {}, '.otherwise.status bad_status'],
    [{ origin: 'https://x.com', otherwise: origin('https://y.com') }, {}, '.otherwise bad_reply'],
    [
      { origin: 'https://x.com', otherwise: { status: 204, when: {} } },
      {},
      '.otherwise.when unknown_key',
    ],
  ])('%j %j:%s', (reply, endpoint, problem) => {
    expect(problemsOf(withReply(reply, endpoint))).toEqual([place + problem])
  })

  test('the default deadline fits the kind and the endpoint', () => {
    expect(deadlineOf({})).toMatchObject({ deadlineMs: 5_000 })
    expect(deadlineOf({ kind: 'conversations.pre' })).toMatchObject({ deadlineMs: 4_000 })
    expect(deadlineOf({ deadline: '3s' })).toMatchObject({ deadlineMs: 3_000 })
  })
})
