/**
 * `/healthz`: asked with GET it tells how the gateway is; POSTed to with a good signature it is a test
 * of the whole way, an event of Switchboard's own that no ordinary target matches.
 */
import type { Route } from '../config/routes.ts'
import { defineKind } from '../twilio/kind.ts'

export const HEALTH_PATH = '/healthz'

/** Not Twilio's, so not in the table of kinds: nothing but this path is of this kind. */
export const TEST_KIND = defineKind({
  name: 'switchboard.test',
  reply: 'none',
  subject: 'TestId',
  key: 'TestId',
  eventType: 'switchboard.test',
  params: 'TestId AccountSid',
})

/** A test goes the way of a webhook, signature first: who cannot sign learns nothing but 403. */
export const TEST_ROUTE: Route = {
  endpoint: {
    name: 'healthz',
    path: HEALTH_PATH,
    kind: TEST_KIND.name,
    deadlineMs: null,
    replies: [],
    remembers: false,
  },
  rest: '',
}
