/** A KV namespace over Cloudflare's REST API. What is written reaches every place within a minute or so. */
import { z } from 'zod'
import type { KvStore } from '../../config/published/kv-store.ts'
import type { CloudflareApi } from './api.ts'

const Key = z
  .object({ name: z.string(), metadata: z.unknown().optional() })
  .transform(({ name, metadata }) => ({ name, metadata: metadata ?? null }))

/** The most that KV lists at a time. */
const KEYS_LIMIT = 1000

export function createKvStore(api: CloudflareApi, accountId: string, namespaceId: string): KvStore {
  const namespace = `/accounts/${accountId}/storage/kv/namespaces/${namespaceId}`
  const toPath = (key: string) => `${namespace}/values/${encodeURIComponent(key)}`
  return {
    get: (key) => api.text(toPath(key)),
    async put(key, text, metadata = {}) {
      const body = new FormData()
      body.set('value', text)
      body.set('metadata', JSON.stringify(metadata))
      await api.call('PUT', toPath(key), z.unknown(), { body })
    },
    list: (prefix) => api.list(`${namespace}/keys`, Key, { prefix, limit: KEYS_LIMIT }),
  }
}
