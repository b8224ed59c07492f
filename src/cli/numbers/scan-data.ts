/** What a scan found, as data: the same for the tables and for `--json`. Pure. No URL with a login. */
import { findFindings, isBypass, type Finding } from './findings.ts'
import type { GatewayAddress } from './gateway-address.ts'
import { maskOrNull } from './mask.ts'
import { decideRoutes, type Decider, type Surroundings } from './precedence.ts'
import type { Channel, Resource, ResourceKind } from './resource.ts'

export interface ScannedRoute {
  channel: Channel
  by: Decider
  bySid: string
  url: string | null
  method: string | null
  fallbackUrl: string | null
  fallbackMethod: string | null
  /** The endpoint that answers; null: none. */
  endpoint: string | null
  findings: Finding[]
}

export interface Scanned {
  account: string
  kind: ResourceKind
  sid: string
  name: string
  routes: ScannedRoute[]
}

export function toScanned(
  resource: Resource,
  around: Surroundings,
  gateway: GatewayAddress,
): Scanned {
  const { account, kind, sid, name } = resource
  const routes = decideRoutes(resource, around).map((route): ScannedRoute => {
    const { channel, by, bySid, hook } = route
    return {
      channel,
      by,
      bySid,
      url: maskOrNull(hook?.url ?? null),
      method: hook?.url ? hook.method : null,
      fallbackUrl: maskOrNull(hook?.fallbackUrl ?? null),
      fallbackMethod: hook?.fallbackUrl ? hook.fallbackMethod : null,
      endpoint: hook?.url ? gateway.endpointOf(hook.url) : null,
      findings: findFindings(resource, route, gateway),
    }
  })
  return { account, kind, sid, name, routes }
}

/** How many resources have each finding, on whichever channel. */
export function countFindings(scanned: readonly Scanned[]): Map<Finding, number> {
  const counts = new Map<Finding, number>()
  for (const { routes } of scanned) {
    for (const finding of new Set(routes.flatMap(({ findings }) => findings))) {
      counts.set(finding, (counts.get(finding) ?? 0) + 1)
    }
  }
  return counts
}

export const bypasses = ({ routes }: Scanned): boolean =>
  routes.some(({ findings }) => findings.some(isBypass))

export interface RouteGroup {
  channel: Channel
  url: string | null
  by: Decider
  kind: ResourceKind
  findings: Finding[]
  count: number
  /** The name of the first one. */
  example: string
}

/** Routes that are alike, the largest group first; only those with findings. */
export function groupRoutes(scanned: readonly Scanned[]): RouteGroup[] {
  const groups = new Map<string, RouteGroup>()
  for (const { kind, name, routes } of scanned) {
    for (const { channel, url, by, findings } of routes) {
      if (findings.length === 0) continue
      const key = JSON.stringify([channel, url, by, kind, findings])
      const group = groups.get(key)
      if (group) group.count += 1
      else groups.set(key, { channel, url, by, kind, findings, count: 1, example: name })
    }
  }
  return [...groups.values()].toSorted((a, b) => b.count - a.count)
}
