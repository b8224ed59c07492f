/** The queues that the wrangler files name, and how long they keep what is in them. */
import { z } from 'zod'
import type { CloudflareAccount } from '../cloudflare/account.ts'
import type { WranglerFile } from '../cloudflare/wrangler-files.ts'
import { createOrFind } from './create-or-find.ts'
import { RETENTION_SECONDS } from './plan.ts'

const QueueConsumer = z.object({
  script: z.string().optional(),
  service: z.string().optional(),
  script_name: z.string().optional(),
  dead_letter_queue: z.string().nullish(),
  settings: z.record(z.string(), z.unknown()).nullish(),
})
const Queue = z.object({
  queue_id: z.string(),
  queue_name: z.string(),
  settings: z.object({ message_retention_period: z.number().optional() }).nullish(),
  consumers: z.array(QueueConsumer).nullish(),
})
export type FoundQueue = z.infer<typeof Queue>

/** Every queue that the wrangler files name, the dead-letter queues first. */
export function listQueueNames(files: readonly WranglerFile[]): string[] {
  const queues = files.map(({ settings }) => settings.queues)
  const consumers = queues.flatMap((each) => each.consumers)
  const dead = consumers.flatMap((each) => each.dead_letter_queue ?? [])
  const named = [...consumers, ...queues.flatMap((each) => each.producers)]
  return [...new Set([...dead, ...named.map(({ queue }) => queue)])]
}

export async function listQueues({ api, id }: CloudflareAccount): Promise<FoundQueue[]> {
  return api.list(`/accounts/${id}/queues`, Queue)
}

/** Creates it, or makes one that is there keep its messages for as long as it can. */
export async function ensureQueue(account: CloudflareAccount, name: string): Promise<void> {
  const { api, id } = account
  const path = `/accounts/${id}/queues`
  const settings = { message_retention_period: RETENTION_SECONDS }
  const find = async () =>
    (await listQueues(account)).find(({ queue_name: other }) => other === name) ?? null
  const create = () => api.call('POST', path, Queue, { body: { queue_name: name, settings } })
  const queue = (await find()) ?? (await createOrFind(create, find))
  if (queue.settings?.message_retention_period === RETENTION_SECONDS) return
  await api.call('PATCH', `${path}/${queue.queue_id}`, z.unknown(), { body: { settings } })
}
