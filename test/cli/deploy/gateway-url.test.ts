import { describe, expect, it } from 'vitest'
import { toMissingRoute } from '../../../src/cli/deploy/gateway-url.ts'

const URL_OF_GATEWAY = 'https://hooks.example.com'

describe('toMissingRoute', () => {
  it.each([
    ['a custom domain', 'hooks.example.com', true],
    ['a route', 'hooks.example.com/*', true],
    ['a route with a scheme', 'https://hooks.example.com/*', true],
    ['a route of all below a domain', '*.example.com/*', true],
    ['a route of a domain and all below it', '*example.com/*', true],
    ['another domain', 'hooks.example.org', false],
    ['a longer name', 'more-hooks.example.com', false],
    ['all below another', '*.other.com/*', false],
  ])('%s', (_what, pattern, isRouted) => {
    const routes = [{ pattern, custom_domain: false }]
    expect(toMissingRoute({ routes }, URL_OF_GATEWAY) === null).toBe(isRouted)
    const [route] = routes
    if (!route) throw new TypeError()
    expect(toMissingRoute({ route, routes: [] }, URL_OF_GATEWAY) === null).toBe(isRouted)
  })

  it('needs nothing at workers.dev, and a route anywhere else', () => {
    expect(toMissingRoute({ routes: [] }, 'https://switchboard.team.workers.dev')).toBeNull()
    expect(toMissingRoute({ routes: [] }, URL_OF_GATEWAY)).toContain('"hooks.example.com"')
  })
})
