/** Which endpoints record their replies: those whose reply could be another one the second time. */
import { expect, test } from 'vitest'
import type { CompiledReply, Condition } from '../../src/config/compiled.ts'
import { prepareEndpoints } from '../../src/config/routes.ts'
import { createConfig, createEndpoint } from './configs.ts'

const status = (when: Condition | null = null): CompiledReply => ({
  ...{ type: 'status', status: 200, when },
})
const app: CompiledReply = {
  ...{ type: 'origin', url: 'https://app.example.com/x', deadlineMs: 1_000 },
  ...{ otherwise: null, when: null },
}
const hours = { $time: { zone: 'UTC', from: '09:00' } }
/** A parameter may be called anything, and a text may say anything. */
const NAMED_TIME = { time: '$time', Body: { $not: { $in: ['$time'] } } }

test.each([
  ['nothing to say', [], undefined, false],
  ['a static reply', [status()], undefined, false],
  ['rules over parameters', [status({ $or: [NAMED_TIME] }), status()], undefined, false],
  ['static, and asked to', [status()], true, true],
  ['an app', [app], undefined, true],
  ['an app behind a rule', [status({ Body: 'x' }), app], undefined, true],
  ['an app, and asked not to by a document that no compiler wrote', [app], false, true],
  ['the hour', [status(hours), status()], undefined, true],
  ['the hour, deep down', [status({ $and: [{ $or: [{ $not: hours }] }] })], undefined, true],
  ['the hour, negated', [status({ Digits: '1', $not: hours })], undefined, true],
  ['the hour, and asked not to', [status(hours), status()], false, false],
] satisfies [string, CompiledReply[], boolean | undefined, boolean][])(
  '%s',
  (_what, replies, remember, expected) => {
    const endpoint = createEndpoint({ replies, ...(remember === undefined ? {} : { remember }) })
    const route = prepareEndpoints(createConfig({ endpoints: [endpoint] })).find('/sms')
    expect(route?.endpoint.remembers).toBe(expected)
  },
)
