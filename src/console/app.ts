/**
 * What the console answers: files for browsers, then, for whoever may, the API and the pages.
 *
 * Every answer has the security headers; nothing but the files and the login is given to somebody who
 * is not known.
 */
import { Hono } from 'hono'
import { limitBodies, mountAccess } from './access/access.ts'
import { securityHeaders } from './access/security-headers.ts'
import { api, API_PATH } from './api/api.ts'
import type { ConsoleHono } from './api/router.ts'
import { ASSETS_PATH, serveAsset } from './assets/assets.ts'
import { compressed } from './compressed.ts'
import type { Platform } from '../platform.ts'
import type { Console } from './console.ts'
import type { ConsoleDeps } from './deps.ts'
import type { ConsoleEnv } from './env.ts'
import { pages } from './pages/pages.tsx'

export interface AppOptions {
  env: ConsoleEnv
  platform: Platform
  deps: ConsoleDeps
}

export function createApp({ env, platform, deps }: AppOptions): Console {
  const app = new Hono<ConsoleHono>()

  app.use(async (c, next) => {
    c.set('deps', deps)
    await next()
  })
  app.use(securityHeaders)
  app.use(compressed)
  app.get(`${ASSETS_PATH}/:name`, (c) => serveAsset(c.req.path) ?? c.notFound())
  app.use(limitBodies)
  mountAccess(app, { env, deps, fetch: platform.fetch })
  app.route(API_PATH, api)
  app.route('/', pages)
  return app
}
