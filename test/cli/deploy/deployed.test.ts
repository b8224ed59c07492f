import { describe, expect, it } from 'vitest'
import { findUploadTag } from '../../../src/cli/deploy/deployed.ts'
import { findWrongTriggers, type FoundTriggers } from '../../../src/cli/deploy/triggers.ts'
import { readWranglerFile } from '../../../src/cli/cloudflare/wrangler-files.ts'
import { ROOT } from '../../e2e/switchboard.ts'

const upload = (id: string, tag?: string) => ({
  id,
  annotations: { 'workers/triggered_by': 'upload', ...(tag ? { 'workers/tag': tag } : {}) },
})
const secret = (id: string) => ({ id, annotations: { 'workers/triggered_by': 'secret' } })

describe('findUploadTag', () => {
  it.each([
    ['the active version', [upload('2', 'b'), upload('1', 'a')], '2', 'b'],
    ['one that was rolled back to', [upload('2', 'b'), upload('1', 'a')], '1', 'a'],
    ['the upload below changed secrets', [secret('3'), secret('2'), upload('1', 'a')], '3', 'a'],
    ['an upload by somebody else', [upload('2'), upload('1', 'a')], '2', null],
    ['a version that is not in the list', [upload('1', 'a')], '2', null],
    ['secrets alone', [secret('1')], '1', null],
    ['no annotations', [{ id: '1', annotations: null }], '1', null],
  ])('%s', (_what, versions, active, tag) => {
    expect(findUploadTag(versions, active)).toBe(tag)
  })
})

describe('findWrongTriggers', () => {
  const { settings } = readWranglerFile(ROOT, 'consumer')
  const events = {
    script: 'switchboard-consumer',
    dead_letter_queue: 'switchboard-dead',
    settings: { batch_size: 100, max_retries: 100, max_wait_time_ms: 1000, max_concurrency: 50 },
  }
  const dead = {
    script: 'switchboard-consumer',
    settings: { batch_size: 50, max_retries: 100, max_wait_time_ms: 5000 },
  }
  const found = (change: { events?: object[]; rest?: Partial<FoundTriggers> }): FoundTriggers => ({
    isOnWorkersDev: false,
    crons: ['* * * * *'],
    hostnames: [],
    queues: [
      { queue_id: '1', queue_name: 'switchboard-events', consumers: change.events ?? [events] },
      { queue_id: '2', queue_name: 'switchboard-dead', consumers: [dead] },
    ],
    ...change.rest,
  })

  it.each<[string, FoundTriggers, string[]]>([
    ['all as the file says', found({}), []],
    [
      'a service instead of a script',
      found({ events: [{ ...events, script: undefined, service: events.script }] }),
      [],
    ],
    ['a queue that nobody consumes', found({ events: [] }), ['switchboard-events']],
    [
      'a queue of another Worker',
      found({ events: [{ ...events, script: 'x' }] }),
      ['switchboard-events'],
    ],
    [
      'another batch size',
      found({ events: [{ ...events, settings: { ...events.settings, batch_size: 10 } }] }),
      ['switchboard-events'],
    ],
    [
      'no dead-letter queue',
      found({ events: [{ ...events, dead_letter_queue: null }] }),
      ['switchboard-events'],
    ],
    ['no cron', found({ rest: { crons: [] } }), ['crons']],
    ['a cron too many', found({ rest: { crons: ['* * * * *', '0 0 * * *'] } }), ['crons']],
    ['an address at workers.dev', found({ rest: { isOnWorkersDev: true } }), ['workers.dev']],
  ])('%s', (_what, triggers, wrong) => {
    expect(findWrongTriggers(settings, triggers)).toEqual(wrong)
  })

  it('asks for custom domains, and not for workers.dev where there are routes', () => {
    const gateway = {
      ...readWranglerFile(ROOT, 'gateway').settings,
      routes: [{ pattern: 'hooks.example.com', custom_domain: true }],
    }
    const { workers_dev: _, ...rest } = gateway
    const nothing = { isOnWorkersDev: false, crons: [], hostnames: [], queues: [] }
    expect(findWrongTriggers(rest, nothing)).toEqual(['hooks.example.com'])
    expect(findWrongTriggers(rest, { ...nothing, hostnames: ['hooks.example.com'] })).toEqual([])
  })
})
