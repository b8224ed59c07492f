/** The gateway's routes: its health, and everything else is a webhook. */
import { Hono } from 'hono'
import { LinearRouter } from 'hono/router/linear-router'
import type { Gateway } from './gateway.ts'
import type { WaitUntil } from './visit.ts'

export interface AppDeps {
  gateway: Gateway
  /** What to set or publish, in words without secrets; empty when all is well. */
  checkHealth: (waitUntil: WaitUntil) => Promise<string[]>
}

export function createApp({ gateway, checkHealth }: AppDeps): Hono {
  // Two routes: the linear router starts fastest and needs no compiled expressions.
  const app = new Hono({ router: new LinearRouter() })

  app.get('/healthz', async (c) => {
    const problems = await checkHealth((work) => c.executionCtx.waitUntil(work))
    const isWell = problems.length === 0
    return c.json({ status: isWell ? 'ok' : 'misconfigured', problems }, isWell ? 200 : 503)
  })

  app.all('*', (c) => gateway(c.req.raw, (work) => c.executionCtx.waitUntil(work)))
  return app
}
