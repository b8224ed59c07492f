/** Errors of the API as RFC 9457 describes them: made here and nowhere else. */
import { z } from '@hono/zod-openapi'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

export const PROBLEM_TYPE = 'application/problem+json'

/** What a client may rely on is `code`; `title` and `detail` are for people. */
export const ProblemSchema = z
  .object({
    type: z.literal('about:blank'),
    status: z.int().openapi({ example: 404 }),
    code: z.string().openapi({ example: 'event_unknown' }),
    title: z.string().openapi({ example: 'There is no such event.' }),
    detail: z.string().optional().openapi({ description: 'What to do about it.' }),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .openapi({ description: 'What is wrong with the request, part by part.' }),
  })
  .openapi('Problem')

export type ProblemBody = z.infer<typeof ProblemSchema>

export interface ProblemInit {
  status: ContentfulStatusCode
  /** Stable; snake_case. */
  code: string
  title: string
  detail?: string
  errors?: { path: string; message: string }[]
  headers?: Record<string, string>
}

/** Thrown by a route for what it expects to go wrong. Never holds a secret, a number or a body. */
export class ProblemError extends Error {
  override name = 'ProblemError'
  readonly problem: ProblemInit
  constructor(problem: ProblemInit) {
    super(problem.code)
    this.problem = problem
  }
}

export function toProblemBody({ status, code, title, detail, errors }: ProblemInit): ProblemBody {
  return {
    type: 'about:blank',
    status,
    code,
    title,
    ...(detail === undefined ? {} : { detail }),
    ...(errors === undefined ? {} : { errors }),
  }
}

export function toProblemResponse(problem: ProblemInit): Response {
  return Response.json(toProblemBody(problem), {
    status: problem.status,
    headers: { ...problem.headers, 'content-type': PROBLEM_TYPE },
  })
}

/** For the description of a route: what it answers when it cannot do what was asked. */
export const PROBLEMS = {
  default: {
    description: 'A problem (RFC 9457)',
    content: { [PROBLEM_TYPE]: { schema: ProblemSchema } },
  },
} as const
