/**
 * The frame of an API module: a router whose routes are described once, by schemas that check requests,
 * make the OpenAPI document and give the clients their types.
 *
 * What a route needs comes with the request's context: `c.var.identity`, `c.var.deps`.
 */
import { OpenAPIHono } from '@hono/zod-openapi'
import type { Context, MiddlewareHandler } from 'hono'
import type { Identity } from '../access/identity.ts'
import type { ConsoleDeps } from '../deps.ts'
import type { ConsoleEnv } from '../env.ts'
import { ProblemError, toProblemResponse } from './problem.ts'

/** Set by the pages, which call the API within the Worker: nothing that comes by HTTP can be in `env`. */
export interface InnerCall {
  INNER?: { identity: Identity; deps: ConsoleDeps }
}

export interface ConsoleHono {
  Bindings: ConsoleEnv & InnerCall
  Variables: {
    identity: Identity
    deps: ConsoleDeps
    /** Goes into each form (access/csrf.ts); '' for a program with a token. */
    csrf: string
    /**
     * For what stays open: who the same request would be now; null: nobody any more. Rejects when D1 fails.
     * Absent for the pages' calls.
     */
    identifyAgain?: () => Promise<Identity | null>
  }
}

export type ConsoleContext = Context<ConsoleHono>

/** Chain `.openapi(route, handler)` on it, so that the types reach the clients. */
export function createRouter() {
  return new OpenAPIHono<ConsoleHono>({
    defaultHook: (result) => {
      if (result.success) return
      const errors = result.error.issues.map(({ path, message }) => ({
        path: path.map(String).join('.'),
        message,
      }))
      return toProblemResponse({
        status: 400,
        code: 'request_invalid',
        title: 'The request is not as this route wants it.',
        errors,
      })
    },
  })
}

/** In a route's `middleware`: what changes something is for operators only. */
export const operatorsOnly: MiddlewareHandler<ConsoleHono> = async function operatorsOnly(c, next) {
  if (c.var.identity.role !== 'operator') {
    throw new ProblemError({
      status: 403,
      code: 'operators_only',
      title: 'Only operators may do this.',
      detail: 'Ask for the role operator: docs/console.md says how it is given.',
    })
  }
  await next()
}
