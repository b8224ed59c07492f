/** What the gateway answers besides webhooks: its health, for operators, deploys and load balancers. */
import { Hono } from 'hono'
import { LinearRouter } from 'hono/router/linear-router'
import { DOCUMENT_FORMAT } from '../config/document.ts'
import { HEALTH_PATH } from './health.ts'
import type { WaitUntil } from './visit.ts'

export interface Health {
  /** What to set or publish, in words without secrets; empty when all is well. */
  problems: string[]
  /** Version of the config in use; null when there is none. */
  config: string | null
}

export type CheckHealth = (waitUntil: WaitUntil) => Promise<Health>

export function createApp(checkHealth: CheckHealth): Hono {
  const app = new Hono({ router: new LinearRouter() })

  app.get(HEALTH_PATH, async (c) => {
    const { problems, config } = await checkHealth((work) => c.executionCtx.waitUntil(work))
    const isWell = problems.length === 0
    const status = isWell ? 'ok' : 'misconfigured'
    // `format`: which config documents this gateway can read, so that nobody publishes another one.
    return c.json({ status, problems, config, format: DOCUMENT_FORMAT }, isWell ? 200 : 503)
  })
  return app
}
