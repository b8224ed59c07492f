/** Where the gateway is, as Twilio will call it. */
import { z } from 'zod'
import type { WranglerSettings } from '../cloudflare/wrangler-files.ts'
import { UsageError } from '../terminal/errors.ts'
import { fileOf, type Project } from './project.ts'

export interface GatewayUrl {
  /** Origin that Twilio calls. */
  url: string
  isWorkersDev: boolean
  /** That origin is what the config says; else the gateway goes by the request's own. */
  isConfigured: boolean
}

const Subdomain = z.object({ subdomain: z.string() })

/** Throws a UsageError when the gateway would have no address. */
export async function findGatewayUrl(project: Project): Promise<GatewayUrl> {
  const { account, config } = project
  const { settings } = fileOf(project, 'gateway')
  const hasRoutes = settings.route !== undefined || settings.routes.length > 0
  const isOnWorkersDev = settings.workers_dev ?? !hasRoutes
  const onboarding = `https://dash.cloudflare.com/${account.id}/workers/onboarding`
  const found = isOnWorkersDev
    ? await account.api.find(`/accounts/${account.id}/workers/subdomain`, Subdomain)
    : null
  if (isOnWorkersDev && !found) {
    throw new UsageError('This Cloudflare account has no workers.dev subdomain yet.', {
      code: 'no_subdomain',
      next: `Choose one at ${onboarding}, or set workers_dev = false and a route in wrangler.toml.`,
    })
  }
  const workersDev = found ? `https://${settings.name}.${found.subdomain}.workers.dev` : null
  const url = config.publicUrl ?? workersDev
  if (url === null) {
    throw new UsageError('The gateway has no address: no publicUrl, and not on workers.dev.', {
      code: 'no_public_url',
      next: 'Set publicUrl in the config to the address that Twilio will call.',
    })
  }
  return { url, isWorkersDev: url === workersDev, isConfigured: config.publicUrl !== null }
}

/** What the wrangler file lacks for that address; null: nothing. */
export function toMissingRoute(
  { route, routes }: Pick<WranglerSettings, 'route' | 'routes'>,
  url: string,
): string | null {
  const { hostname } = new URL(url)
  const patterns = [...(route ? [route] : []), ...routes].map(({ pattern }) => pattern)
  const isRouted = patterns.some((pattern) => isHostOf(pattern, hostname))
  if (isRouted || hostname.endsWith('.workers.dev')) return null
  return (
    `wrangler.toml routes nothing at ${hostname}. If Cloudflare has that domain, add\n` +
    `  routes = [{ pattern = "${hostname}", custom_domain = true }]\n` +
    'above its first [table] and run switchboard deploy again.'
  )
}

/** Routes look like `*.example.com/*`; a star at the start stands for any beginning. */
function isHostOf(pattern: string, hostname: string): boolean {
  const [host = ''] = pattern.replace(/^https?:\/\//, '').split('/')
  return host.startsWith('*') ? hostname.endsWith(host.slice(1)) : hostname === host
}
