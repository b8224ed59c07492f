import { describe, expect, it } from 'vitest'
import { unstable_readConfig as readConfig } from 'wrangler'
import { COMPATIBILITY_DATE, isNoise, QUEUES } from '../../../src/cli/dev/runtime.ts'

const gateway = readConfig({ config: 'wrangler.toml' })
const consumer = readConfig({ config: 'wrangler.consumer.toml' })
const pages = readConfig({ config: 'wrangler.console.toml' })

describe('isNoise', () => {
  const stack =
    'stack: /x/bin/workerd@26b6840; sentryErrorContext = jsgInternalError; wdErrId = 3km5'

  it('tells what workerd says of itself from what a Worker says', () => {
    expect(isNoise(`e = rust/worker/ffi.rs:110: failed: no address\n${stack}`)).toBe(true)
    expect(isNoise('{"event":"delivery.attempted","reason":"unreachable"}')).toBe(false)
    expect(isNoise('Error: workerd@26b6840 is not there')).toBe(false)
  })
})

describe('the local runtime', () => {
  it('has the queue settings of a deploy', () => {
    const queues: Record<string, unknown>[] = consumer.queues.consumers ?? []
    const deployed = queues.map((queue) => ({
      name: queue['queue'],
      maxBatchSize: queue['max_batch_size'],
      maxBatchTimeout: queue['max_batch_timeout'],
      maxRetries: queue['max_retries'],
      ...('dead_letter_queue' in queue ? { deadLetterQueue: queue['dead_letter_queue'] } : {}),
    }))
    expect(QUEUES).toEqual(deployed)
  })

  it('has the compatibility date of a deploy', () => {
    expect(gateway.compatibility_date).toBe(COMPATIBILITY_DATE)
    expect(consumer.compatibility_date).toBe(COMPATIBILITY_DATE)
    expect(pages.compatibility_date).toBe(COMPATIBILITY_DATE)
  })

  it('has the lanes of a deploy', () => {
    expect(consumer.durable_objects.bindings).toEqual([{ name: 'LANES', class_name: 'Lane' }])
    expect(consumer.migrations).toEqual([{ tag: 'v1', new_sqlite_classes: ['Lane'] }])
  })

  it('gives the console the ledger and what operators may do', () => {
    expect(pages.d1_databases).toEqual(consumer.d1_databases)
    expect(pages.kv_namespaces).toEqual(consumer.kv_namespaces)
    expect(pages.services).toEqual([
      { binding: 'CONSUMER', service: consumer.name, entrypoint: 'Operations' },
    ])
  })

  it('gives both Workers the same namespace and queue', () => {
    expect(gateway.kv_namespaces).toEqual(consumer.kv_namespaces)
    const events = [{ binding: 'EVENTS', queue: QUEUES[0]?.name }]
    expect(gateway.queues.producers).toEqual(events)
    expect(consumer.queues.producers).toEqual([
      ...events,
      { binding: 'DEAD', queue: QUEUES[0]?.deadLetterQueue },
    ])
  })
})
