/** Whether the wrangler files of a project agree about the shards. A config alone has none. */
import { readWranglerFiles } from '../cloudflare/wrangler-files.ts'
import { checkShards, isProject } from '../project/shards.ts'
import type { Finding } from './finding.ts'

/** Throws a UsageError for a file that cannot be read. */
export function findShardProblems(folder: string): Finding[] {
  if (!isProject(folder)) return []
  return checkShards(readWranglerFiles(folder)).problems.map((message) => ({
    path: 'the wrangler files',
    code: 'shards_differ',
    message,
    fix: 'mend it there, or run: switchboard shards <n>',
  }))
}
