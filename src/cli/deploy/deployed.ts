/** What Cloudflare has of a Worker: the tag of what was uploaded, its secrets, and what calls it. */
import { z } from 'zod'
import type { CloudflareAccount } from '../cloudflare/account.ts'
import type { WranglerFile } from '../cloudflare/wrangler-files.ts'
import type { FoundQueue } from './queues.ts'
import { findWrongTriggers, type FoundTriggers } from './triggers.ts'

export interface Deployed {
  /** Null: not uploaded by this command, or more than one version is in use. */
  tag: string | null
  secrets: string[]
  /** What its wrangler file says and Cloudflare does not; a deploy that broke off may leave it so. */
  wrongTriggers: string[]
}

const Deployments = z.object({
  deployments: z.array(z.object({ versions: z.array(z.object({ version_id: z.string() })) })),
})
const Version = z.object({
  id: z.string(),
  annotations: z.record(z.string(), z.string()).nullish(),
})
const Versions = z.object({ items: z.array(Version) })
const Secrets = z.array(z.object({ name: z.string() }))
const Subdomain = z.object({ enabled: z.boolean() })
const Schedules = z.object({ schedules: z.array(z.object({ cron: z.string() })) })
const Domain = z.object({ hostname: z.string() })

/** Null: there is no such Worker. */
export async function readDeployed(
  { api, id }: CloudflareAccount,
  { settings }: WranglerFile,
  queues: readonly FoundQueue[],
): Promise<Deployed | null> {
  const path = `/accounts/${id}/workers/scripts/${settings.name}`
  const found = await api.find(`${path}/deployments`, Deployments)
  const [newest] = found?.deployments ?? []
  if (!newest) return null
  const hasDomains = [settings.route, ...settings.routes].some((route) => route?.custom_domain)
  const [versions, secrets, subdomain, schedules, domains] = await Promise.all([
    api.call('GET', `${path}/versions`, Versions),
    api.call('GET', `${path}/secrets`, Secrets),
    api.call('GET', `${path}/subdomain`, Subdomain),
    api.call('GET', `${path}/schedules`, Schedules),
    hasDomains
      ? api.list(`/accounts/${id}/workers/domains`, Domain, { service: settings.name })
      : [],
  ])
  const triggers: FoundTriggers = {
    isOnWorkersDev: subdomain.enabled,
    crons: schedules.schedules.map(({ cron }) => cron),
    hostnames: domains.map(({ hostname }) => hostname),
    queues,
  }
  const [active, ...others] = newest.versions
  const isOne = active !== undefined && others.length === 0
  return {
    tag: isOne ? findUploadTag(versions.items, active.version_id) : null,
    secrets: secrets.map(({ name }) => name),
    wrongTriggers: findWrongTriggers(settings, triggers),
  }
}

/**
 * The tag of the upload that an active version comes from. A secret that was changed alone makes a
 * version without a tag, of the same code. `versions`: newest first.
 */
export function findUploadTag(
  versions: readonly z.infer<typeof Version>[],
  activeId: string,
): string | null {
  const start = versions.findIndex(({ id }) => id === activeId)
  if (start === -1) return null
  for (const { annotations } of versions.slice(start)) {
    if (annotations?.['workers/triggered_by'] !== 'secret') {
      return annotations?.['workers/tag'] ?? null
    }
  }
  return null
}
