/** Whether the wrangler files of a project agree about the shards. A config alone has none. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readWranglerFiles, WRANGLER_FILES } from '../cloudflare/wrangler-files.ts'
import { checkShards } from '../project/shards.ts'
import type { Finding } from './finding.ts'

/** Throws a UsageError for a file that cannot be read. */
export function findShardProblems(folder: string): Finding[] {
  const isProject = [WRANGLER_FILES.consumer, WRANGLER_FILES.gateway].every((name) =>
    existsSync(join(folder, name)),
  )
  if (!isProject) return []
  return checkShards(readWranglerFiles(folder)).problems.map((message) => ({
    path: 'the wrangler files',
    code: 'shards_differ',
    message,
    fix: 'mend it there, or run: switchboard shards <n>',
  }))
}
