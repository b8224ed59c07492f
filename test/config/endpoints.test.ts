/** What is checked about endpoints and public URLs: a case that is refused beside one that is not. */
import { describe, expect, test } from 'vitest'
import { compiled, problemsOf, withEndpoint } from './compile-case.ts'

describe('paths', () => {
  test.each(['/', '/sms', '/a/b.c', '/voice/*', '/*', "/a~b_c-d!$&'()+,;=:@", '/healthz/x'])(
    '%s',
    (path) => {
      expect(problemsOf(withEndpoint({ path }))).toEqual([])
    },
  )
  test.each([
    ['sms', 'bad_path'],
    ['', 'bad_path'],
    ['*', 'bad_path'],
    ['/a*', 'bad_path'],
    ['/a/*/b', 'bad_path'],
    ['/a/**', 'bad_path'],
    ['/a?b=1', 'bad_path'],
    ['/a#b', 'bad_path'],
    ['/a%20b', 'bad_path'],
    ['/a b', 'bad_path'],
    ['/ä', 'bad_path'],
    ['/a//b', 'bad_path'],
    ['//a', 'bad_path'],
    ['/a/../b', 'bad_path'],
    ['/.', 'bad_path'],
    ['/a\n', 'bad_path'],
    ['/healthz', 'reserved_path'],
    [undefined, 'missing'],
    [null, 'wrong_type'],
  ])('%j: %s', (path, code) => {
    expect(problemsOf(withEndpoint({ path }))).toEqual([`endpoints.e.path ${code}`])
  })

  test('each path once', () => {
    const twice = { a: { path: '/x' }, b: { path: '/x/*' }, c: { path: '/x' } }
    expect(problemsOf({ endpoints: twice })).toEqual(['endpoints.c.path duplicate_path'])
  })
})

test.each([
  ['A', true],
  ['sms-in_2', true],
  ['a'.repeat(64), true],
  ['a'.repeat(65), false],
  ['2a', false],
  ['a.b', false],
  ['', false],
])('name %j: %s', (name, good) => {
  expect(problemsOf({ endpoints: { [name]: { path: '/a' } } })).toHaveLength(good ? 0 : 1)
})

describe('kinds and deadlines', () => {
  test.each([
    [{ kind: 'voice.inbound', deadline: '14s' }, []],
    [{ deadline: '14.9s' }, []],
    [{ kind: 'voice.nothing' }, ['endpoints.e.kind unknown_kind']],
    [{ kind: 'unknown' }, ['endpoints.e.kind unknown_kind']],
    [{ kind: 1 }, ['endpoints.e.kind wrong_type']],
    [{ deadline: '15s' }, ['endpoints.e.deadline out_of_range']],
    [{ deadline: '99ms' }, ['endpoints.e.deadline out_of_range']],
    [{ kind: 'conversations.pre', deadline: '4900ms' }, []],
    [{ kind: 'conversations.pre', deadline: '5s' }, ['endpoints.e.deadline out_of_range']],
    [{ deadline: 4 }, ['endpoints.e.deadline wrong_type']],
    [{ deadline: '4' }, ['endpoints.e.deadline bad_duration']],
    [{ deadline: '4 s' }, ['endpoints.e.deadline bad_duration']],
    [{ deadline: '-4s' }, ['endpoints.e.deadline bad_duration']],
    [{ deadline: '4w' }, ['endpoints.e.deadline bad_duration']],
  ])('%j', (change, problems) => {
    expect(problemsOf(withEndpoint({ path: '/e', ...change }))).toEqual(problems)
  })
})

describe('remember', () => {
  const app = { origin: 'https://app.example.com/x' }
  const open = { when: { $time: { zone: 'UTC', to: '09:00' } }, status: 204 }
  test.each([
    [{ remember: true }, []],
    [{ remember: false }, []],
    [{ remember: true, reply: app }, []],
    [{ remember: false, reply: [open, { status: 200 }] }, []],
    [{ remember: false, reply: app }, ['endpoints.e.remember conflict']],
    [{ remember: false, reply: [open, app] }, ['endpoints.e.remember conflict']],
    [{ remember: 'yes' }, ['endpoints.e.remember wrong_type']],
    [{ remember: null }, ['endpoints.e.remember wrong_type']],
  ])('%j', (change, problems) => {
    expect(problemsOf(withEndpoint({ path: '/e', ...change }))).toEqual(problems)
  })

  test('is in the document only when it is written: an older config keeps its version', () => {
    const remembered = (change: object) =>
      compiled(withEndpoint({ path: '/e', ...change })).config.endpoints[0]
    expect(remembered({})).not.toHaveProperty('remember')
    expect(remembered({ remember: false })).toHaveProperty('remember', false)
  })
})

describe('publicUrl', () => {
  test.each([
    ['https://hooks.example.com', null],
    ['https://hooks.example.com/', null],
    ['https://hooks.example.com:8443', null],
    ['http://hooks.example.com', 'not_https'],
    ['https://localhost', 'private_address'],
    ['https://user:pw@hooks.example.com', 'url_part'],
    ['https://hooks.example.com/twilio', 'url_part'],
    ['https://hooks.example.com?a', 'url_part'],
    ['https://hooks.example.com#rc=2', 'url_part'],
    ['hooks.example.com', 'bad_url'],
    ['wss://hooks.example.com', 'bad_url'],
    ['', 'bad_url'],
    [null, 'wrong_type'],
  ])('%j: %s', (publicUrl, code) => {
    expect(problemsOf({ publicUrl, endpoints: {} })).toEqual(code ? [`publicUrl ${code}`] : [])
  })

  test('http and local addresses in development', () => {
    const input = { publicUrl: 'http://localhost:8787', endpoints: {} }
    expect(problemsOf(input, { local: true })).toEqual([])
  })
})
