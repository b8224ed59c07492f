/** Which endpoint a path belongs to, and that its replies come prepared. */
import { describe, expect, test } from 'vitest'
import type { CompiledEndpoint, CompiledReply } from '../../src/config/compiled.ts'
import { prepareEndpoints } from '../../src/config/routes.ts'
import { renderJson, renderTemplate } from '../../src/twilio/template.ts'

const endpoint = (path: string, replies: CompiledReply[] = []): CompiledEndpoint => ({
  name: path,
  path,
  kind: null,
  deadlineMs: null,
  replies,
})

const prepare = (...endpoints: CompiledEndpoint[]) =>
  prepareEndpoints({ publicUrl: null, lookupBudgetMs: 50, endpoints, targets: [] })

describe('find', () => {
  const routes = prepare(
    ...['/*', '/voice', '/voice/*', '/voice/menu/*', '/voice/menu/exact', '/sms/'].map((path) =>
      endpoint(path),
    ),
  )
  test.each([
    ['/voice', '/voice', ''],
    ['/voice/a/b', '/voice/*', 'a/b'],
    ['/voice/', '/voice/*', ''],
    ['/voice/menu', '/voice/*', 'menu'],
    ['/voice/menu/x', '/voice/menu/*', 'x'],
    ['/voice/menu/exact', '/voice/menu/exact', ''],
    ['/voices', '/*', 'voices'],
    ['/sms/', '/sms/', ''],
    ['/sms', '/*', 'sms'],
    ['/VOICE', '/*', 'VOICE'],
    ['/', '/*', ''],
  ])('%s is %s, rest %j', (path, name, rest) => {
    expect(routes.find(path)).toMatchObject({ endpoint: { name }, rest })
  })

  test('nothing for another path', () => {
    const few = prepare(endpoint('/voice/*'), endpoint('/sms'))
    for (const path of ['/voice', '/', '', '/smss', '/sms/', '/__proto__', '*']) {
      expect(few.find(path)).toBeNull()
    }
  })
})

const get = () => '<1>'

describe('replies', () => {
  const routes = prepare(
    endpoint('/a', [
      { type: 'twiml', twiml: '<Response>{{Body}}</Response>', when: { Digits: '1' } },
      { type: 'json', status: 201, json: { a: '{{Body}}' }, when: null },
      { type: 'status', status: 403, when: null },
      {
        type: 'origin',
        url: 'https://app.example.com/',
        deadlineMs: 4_000,
        otherwise: { type: 'twiml', twiml: '<Response/>' },
        when: null,
      },
    ]),
  )
  const [twiml, json, status, origin] = routes.find('/a')?.endpoint.replies ?? []
  test('conditions are compiled; none is null', () => {
    expect(twiml?.when?.((name) => (name === 'Digits' ? '1' : undefined), { now: 0 })).toBe(true)
    expect(twiml?.when?.(() => undefined, { now: 0 })).toBe(false)
    expect(json?.when).toBeNull()
  })

  test('TwiML and JSON are templates', () => {
    if (twiml?.type !== 'twiml' || json?.type !== 'json') throw new Error('prepared otherwise')
    expect(renderTemplate(twiml.template, get)).toBe('<Response>&lt;1&gt;</Response>')
    expect(renderJson(json.json, get)).toEqual({ a: '<1>' })
    expect(json.status).toBe(201)
  })

  test('the others keep what they have', () => {
    expect(status).toEqual({ type: 'status', status: 403, when: null })
    expect(origin).toMatchObject({
      type: 'origin',
      url: 'https://app.example.com/',
      deadlineMs: 4_000,
    })
    expect(origin?.type === 'origin' && origin.otherwise?.type).toBe('twiml')
  })
})
