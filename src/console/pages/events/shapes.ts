/** What the API answers about events, named for the pages. */
import type { z } from '@hono/zod-openapi'
import type { TargetSchema } from '../../api/config-schemas.ts'
import type * as schemas from '../../api/event-schemas.ts'

export type EventItem = z.infer<typeof schemas.EventItem>
export type EventList = z.infer<typeof schemas.EventList>
export type EventDetail = z.infer<typeof schemas.EventDetail>
export type RelatedList = z.infer<typeof schemas.RelatedList>
export type EventAnswer = z.infer<typeof schemas.Answer>
export type EventMessage = Extract<z.infer<typeof schemas.Stored>, { message: unknown }>['message']
export type EventRun = EventDetail['runs'][number]
export type Delivery = EventRun['deliveries'][number]
export type Attempt = Delivery['history'][number]
export type TargetInfo = z.infer<typeof TargetSchema>
