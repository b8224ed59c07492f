/** Questions to a D1 database over Cloudflare's REST API. */
import { z } from 'zod'
import { WorkError } from '../terminal/errors.ts'
import type { CloudflareApi } from './api.ts'

export interface D1Database {
  /** The rows of one SELECT; parameters stand as `?` in it. */
  query<T>(
    sql: string,
    params: readonly (string | number | null)[],
    row: z.ZodType<T>,
  ): Promise<T[]>
}

export function createD1(api: CloudflareApi, accountId: string, databaseId: string): D1Database {
  const path = `/accounts/${accountId}/d1/database/${databaseId}/query`
  return {
    async query(sql, params, row) {
      const answer = z.array(z.object({ results: z.array(row) }))
      const [first] = await api.call('POST', path, answer, { body: { sql, params } })
      if (first) return first.results
      throw new WorkError('Cloudflare answered a question to D1 with nothing.', {
        code: 'cloudflare_answer',
      })
    },
  }
}
