/**
 * What calls a Worker: queues, crons, workers.dev, custom domains. `wrangler deploy` sets them after the
 * upload, so one that broke off between the two leaves the right code that nobody calls. Pure.
 *
 * Routes of a zone are not compared: they are the zone's, and a deploy of changed code sets them.
 */
import type { WranglerSettings } from '../cloudflare/wrangler-files.ts'
import type { FoundQueue } from './queues.ts'

export interface FoundTriggers {
  isOnWorkersDev: boolean
  crons: readonly string[]
  hostnames: readonly string[]
  queues: readonly FoundQueue[]
}

/** Names of what is not as the wrangler file says. */
export function findWrongTriggers(settings: WranglerSettings, found: FoundTriggers): string[] {
  const routes = [...(settings.route ? [settings.route] : []), ...settings.routes]
  const domains = routes.filter((route) => route.custom_domain).map(({ pattern }) => pattern)
  const wanted = settings.workers_dev ?? routes.length === 0
  const { crons } = settings.triggers
  return [
    ...(wanted === found.isOnWorkersDev ? [] : ['workers.dev']),
    ...(isSameSet(crons, found.crons) ? [] : ['crons']),
    ...domains.filter((name) => !found.hostnames.includes(name)),
    ...settings.queues.consumers
      .filter((consumer) => !isConsumed(consumer, settings.name, found.queues))
      .map(({ queue }) => queue),
  ]
}

type WantedConsumer = WranglerSettings['queues']['consumers'][number]

function isConsumed(
  wanted: WantedConsumer,
  script: string,
  queues: readonly FoundQueue[],
): boolean {
  const queue = queues.find(({ queue_name: name }) => name === wanted.queue)
  const found = queue?.consumers?.find(
    (each) => (each.script ?? each.service ?? each.script_name) === script,
  )
  if (!found) return false
  const { settings } = found
  const seconds = wanted.max_batch_timeout
  return (
    (found.dead_letter_queue || undefined) === wanted.dead_letter_queue &&
    isAs(settings?.['batch_size'], wanted.max_batch_size) &&
    isAs(settings?.['max_retries'], wanted.max_retries) &&
    isAs(settings?.['max_concurrency'], wanted.max_concurrency) &&
    isAs(settings?.['max_wait_time_ms'], seconds === undefined ? seconds : seconds * 1000)
  )
}

/** What one of the two does not say is Cloudflare's default. */
function isAs(found: unknown, wanted: number | undefined): boolean {
  return typeof found !== 'number' || wanted === undefined || found === wanted
}

const isSameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((item) => b.includes(item))
