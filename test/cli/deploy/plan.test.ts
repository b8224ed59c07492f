import { describe, expect, it } from 'vitest'
import { planDeploy, RETENTION_SECONDS, type Observed } from '../../../src/cli/deploy/plan.ts'

const NOTHING: Observed = {
  namespace: { name: 'switchboard', id: null, filesToWrite: ['wrangler.toml'] },
  databases: [
    { binding: 'LEDGER', name: 'switchboard', id: null, filesToWrite: [], pending: ['0001.sql'] },
  ],
  queues: [
    { name: 'dead', retentionSeconds: null },
    { name: 'events', retentionSeconds: null },
  ],
  workers: [
    { role: 'consumer', name: 'c', reason: 'new', secrets: ['CRM_SECRET'], isClosed: false },
    { role: 'gateway', name: 'g', reason: 'new', secrets: [], isClosed: false },
  ],
  config: { version: 'v1', isLive: false },
  noTest: null,
}

const ALL: Observed = {
  namespace: { name: 'switchboard', id: 'a', filesToWrite: [] },
  databases: [{ binding: 'LEDGER', name: 'switchboard', id: 'b', filesToWrite: [], pending: [] }],
  queues: NOTHING.queues.map(({ name }) => ({ name, retentionSeconds: RETENTION_SECONDS })),
  workers: NOTHING.workers.map((worker) => ({
    ...worker,
    reason: null,
    secrets: [],
    isClosed: false,
  })),
  config: { version: 'v1', isLive: true },
  noTest: '--no-test',
}

const needed = (observed: Observed) =>
  planDeploy(observed)
    .filter(({ state }) => state === 'needed')
    .map(({ kind, subject }) => `${kind} ${subject}`)

describe('planDeploy', () => {
  it('makes everything where nothing is, receivers before senders and the config last', () => {
    expect(needed(NOTHING)).toEqual([
      'namespace switchboard',
      'queue dead',
      'queue events',
      'database switchboard',
      'migrations switchboard',
      'worker consumer',
      'worker gateway',
      'config v1',
      'health gateway',
      'test gateway',
    ])
  })

  it('only looks where everything is', () => {
    expect(needed(ALL)).toEqual(['health gateway'])
  })

  it.each<[string, Partial<Observed>, string]>([
    [
      'an id that one file does not name',
      { namespace: { ...ALL.namespace, filesToWrite: ['wrangler.toml'] } },
      'namespace switchboard',
    ],
    [
      'a queue that forgets too early',
      { queues: [{ name: 'events', retentionSeconds: 345_600 }] },
      'queue events',
    ],
    [
      'a new migration',
      { databases: ALL.databases.map((one) => ({ ...one, pending: ['0002.sql'] })) },
      'migrations switchboard',
    ],
    [
      'a Worker that changed',
      {
        workers: [{ role: 'gateway', name: 'g', reason: 'changed', secrets: [], isClosed: false }],
      },
      'worker gateway',
    ],
    ['another config', { config: { version: 'v2', isLive: false } }, 'config v2'],
    ['a test', { noTest: null }, 'test gateway'],
  ])('does no more than one thing for %s', (_what, change, step) => {
    expect(needed({ ...ALL, ...change }).filter((each) => each !== 'health gateway')).toEqual([
      step,
    ])
  })

  it('names the secrets that a Worker takes along, and the reason for leaving the test out', () => {
    const steps = planDeploy({ ...NOTHING, noTest: 'no key here' })
    expect(steps.find(({ subject }) => subject === 'consumer')?.detail).toContain('CRM_SECRET')
    expect(steps.at(-1)).toMatchObject({ state: 'skipped', detail: 'no key here' })
  })
})
