/** What the gateway answers besides webhooks: its health, for operators and load balancers. */
import { Hono } from 'hono'
import { LinearRouter } from 'hono/router/linear-router'
import type { WaitUntil } from './visit.ts'

export const HEALTH_PATH = '/healthz'

/** What to set or publish, in words without secrets; empty when all is well. */
export type CheckHealth = (waitUntil: WaitUntil) => Promise<string[]>

export function createApp(checkHealth: CheckHealth): Hono {
  const app = new Hono({ router: new LinearRouter() })

  app.get(HEALTH_PATH, async (c) => {
    const problems = await checkHealth((work) => c.executionCtx.waitUntil(work))
    const isWell = problems.length === 0
    return c.json({ status: isWell ? 'ok' : 'misconfigured', problems }, isWell ? 200 : 503)
  })
  return app
}
