/** Who takes part. */
import { buildPrograms, buildWorkers } from './build.ts'
import type { Contestant, StartOptions } from './contestant.ts'
import { startExpressQueue } from './starts/express-queue.ts'
import { startExpress } from './starts/express.ts'
import { startIsolate } from './starts/isolate.ts'
import { startSwitchboard } from './starts/switchboard.ts'

/** Everything is built once, before anything is measured. */
export async function createContestants(): Promise<Contestant[]> {
  const [toProgram, code] = await Promise.all([buildPrograms(), buildWorkers()])
  const { sdk, gateway } = code
  const instant = { BINDINGS: 'instant', LOG: 'on' }
  return [
    {
      name: 'Switchboard',
      delivers: true,
      stores: true,
      parts: ['gateway', 'consumer', 'lane'],
      start: startSwitchboard,
    },
    {
      name: 'gateway alone',
      delivers: false,
      stores: false,
      parts: [],
      start: () => startIsolate({ name: 'gateway-alone', code: gateway, texts: instant }),
    },
    {
      name: 'express-sdk',
      delivers: true,
      stores: false,
      parts: ['process'],
      start: (options) => startExpress(toProgram('express-sdk'), options),
    },
    {
      name: 'express-queue',
      delivers: true,
      stores: true,
      parts: ['web', 'worker', 'Redis'],
      start: (options) => startExpressQueue(toProgram, options),
    },
    ...(['before', 'after'] as const).map((POSTS) => ({
      name: POSTS === 'before' ? 'worker-sdk' : 'worker-sdk, waitUntil',
      delivers: true,
      stores: false,
      parts: ['isolate'],
      start: ({ visitor }: StartOptions) =>
        startIsolate({
          name: `worker-sdk-${visitor.url.split('/').at(-1)}`,
          code: sdk,
          texts: { POSTS, TARGET_URL: visitor.url },
        }),
    })),
  ]
}
