/**
 * What an event's page needs of the config: the endpoint's URL and the targets. Without a config the page
 * does without.
 */
import { ProblemError } from '../../api/problem.ts'
import { read, type ApiClient } from '../client.ts'
import type { TargetInfo } from '../events/shapes.ts'

export interface Surroundings {
  targets: ReadonlyMap<string, TargetInfo>
  /** Null: there is no such endpoint (any more). */
  toEndpointUrl: (endpoint: string | null) => string | null
}

/** Where `switchboard dev` has its gateway: a config without a publicUrl is one for there. */
const LOCAL_GATEWAY = 'http://127.0.0.1:8787'

const NOTHING: Surroundings = { targets: new Map(), toEndpointUrl: () => null }

export async function readSurroundings(client: ApiClient): Promise<Surroundings> {
  try {
    const { targets, endpoints } = await read(client.config.$get())
    const urls = new Map(
      endpoints.map(({ name, url, path }) => [name, url ?? `${LOCAL_GATEWAY}${path}`]),
    )
    return {
      targets: new Map(targets.map((target) => [target.name, target])),
      toEndpointUrl: (endpoint) => (endpoint === null ? null : (urls.get(endpoint) ?? null)),
    }
  } catch (error) {
    if (error instanceof ProblemError) return NOTHING
    throw error
  }
}
