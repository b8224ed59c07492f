/** What the API answers about what is dead and about replays, named for the pages. */
import type { z } from '@hono/zod-openapi'
import type * as schemas from '../../api/replay-schemas.ts'

export type DeadSummary = z.infer<typeof schemas.DeadSummary>
export type DeadGroup = DeadSummary['groups'][number]
export type DeadItem = z.infer<typeof schemas.DeadList>['items'][number]
export type ReplayJob = z.infer<typeof schemas.ReplayJob>
export type ReplayOutcome = z.infer<typeof schemas.WatchedJob>['outcome']
