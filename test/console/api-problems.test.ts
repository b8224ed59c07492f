/** What the API says to a request that no route has seen: over HTTP, the whole console in between. */
import { describe, expect, it } from 'vitest'
import { CSRF, createWorld, LOCAL_ORIGIN } from './access/world.ts'

const HEADERS = {
  origin: LOCAL_ORIGIN,
  'sec-fetch-site': 'same-origin',
  cookie: `switchboard-csrf=${CSRF}`,
  'x-csrf-token': CSRF,
}

describe('a request that no route has seen', () => {
  it.each([
    ['no JSON', '/tokens', 'application/json', '{', 400, 'body_unreadable'],
    ['no body', '/tokens', 'application/json', '', 400, 'body_unreadable'],
    ['a form', '/tokens', 'application/x-www-form-urlencoded', 'a=1', 415, 'type_unsupported'],
    ['no such route', '/nothing', 'application/json', '{}', 404, 'route_unknown'],
    ['no such method', '/me', 'application/json', '{}', 404, 'route_unknown'],
  ])('%s', async (_name, path, type, body, status, code) => {
    const world = createWorld({ SWITCHBOARD_LOCAL: '1' })
    const headers = { ...HEADERS, 'content-type': type }
    const init = { origin: LOCAL_ORIGIN, method: 'POST', headers, body }
    const response = await world.ask(`/api/v1${path}`, init)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(await response.json()).toMatchObject({ status, code })
    expect(response.status).toBe(status)
    expect(world.lines).toEqual([])
  })
})
