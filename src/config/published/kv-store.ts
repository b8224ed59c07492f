/**
 * The KV namespace as the history of configs needs it. A Worker has it as a binding; the command has it
 * over Cloudflare's REST API.
 *
 * Eventually consistent: what was written is seen everywhere after a minute or so, and no two of these
 * calls are one. Each rejects when KV cannot be reached.
 */
export interface KvStore {
  get(key: string): Promise<string | null>
  put(key: string, text: string, metadata?: Record<string, unknown>): Promise<void>
  /** All keys that start so, in the order of their names. */
  list(prefix: string): Promise<{ name: string; metadata: unknown }[]>
}

/** The shortest time that KV keeps what a place has read, seconds: nothing newer can be had. */
const CACHE_TTL = 30

/** Of a Worker's binding. */
export function createBoundStore(kv: KVNamespace): KvStore {
  return {
    get: (key) => kv.get(key, { cacheTtl: CACHE_TTL }),
    put: (key, text, metadata = {}) => kv.put(key, text, { metadata }),
    async list(prefix) {
      const found = []
      let cursor: string | null = null
      for (;;) {
        const page: KVNamespaceListResult<unknown> = await kv.list({ prefix, cursor })
        found.push(...page.keys.map(({ name, metadata = null }) => ({ name, metadata })))
        if (page.list_complete) return found
        cursor = page.cursor
      }
    },
  }
}
