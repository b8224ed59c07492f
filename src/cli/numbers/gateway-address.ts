/** Which URLs are the gateway's: the config's publicUrl, and a path that an endpoint of it answers. */
import type { CompiledConfig } from '../../config/compiled.ts'
import { prepareEndpoints } from '../../config/routes.ts'
import { UsageError } from '../terminal/errors.ts'

export interface GatewayAddress {
  /** `https://hooks.example.com` */
  origin: string
  /** The URL goes to the gateway's host, to whatever path. */
  isOurs(url: string): boolean
  /** The endpoint that answers the URL; null: none, or another host. */
  endpointOf(url: string): string | null
  /** The endpoint that answers a path. */
  endpointAt(path: string): string | null
}

/** Throws a UsageError for a config without a publicUrl. */
export function toGatewayAddress(config: CompiledConfig, file: string): GatewayAddress {
  const { publicUrl: origin } = config
  if (origin === null) {
    throw new UsageError(`${file} has no publicUrl: nothing tells which URLs are the gateway's.`, {
      code: 'public_url_missing',
      next: `Add publicUrl: 'https://hooks.example.com', with the address that you deployed to.`,
    })
  }
  const endpoints = prepareEndpoints(config)
  const endpointAt = (path: string) => endpoints.find(path)?.endpoint.name ?? null
  // A login in the URL, a default port or capitals in the host do not make it another place.
  const isOurs = (url: string) => URL.canParse(url) && new URL(url).origin === origin
  return {
    origin,
    isOurs,
    endpointAt,
    endpointOf: (url) => (isOurs(url) ? endpointAt(new URL(url).pathname) : null),
  }
}
