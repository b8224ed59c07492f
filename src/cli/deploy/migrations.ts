/** The ledger's migrations: which ones D1 does not have yet, and wrangler to apply them. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { D1Database } from '../cloudflare/d1.ts'
import { wrangler } from '../cloudflare/wrangler.ts'
import type { WranglerFile } from '../cloudflare/wrangler-files.ts'

const TABLE = 'd1_migrations'
const Name = z.object({ name: z.string() })

/** Names of the files, in order. */
export function listMigrations(
  folder: string,
  { settings }: WranglerFile,
  binding: string,
): string[] {
  const ledger = settings.d1_databases.find((each) => each.binding === binding)
  const path = join(folder, ledger?.migrations_dir ?? 'migrations')
  if (!existsSync(path)) return []
  return readdirSync(path)
    .filter((file) => file.endsWith('.sql'))
    .toSorted()
}

/** `ledger`: null when the database does not exist yet. */
export async function listPending(
  names: readonly string[],
  ledger: D1Database | null,
): Promise<string[]> {
  if (ledger === null) return [...names]
  const tables = `SELECT name FROM sqlite_master WHERE type = 'table' AND name = '${TABLE}'`
  if ((await ledger.query(tables, [], Name)).length === 0) return [...names]
  const applied = await ledger.query(`SELECT name FROM ${TABLE}`, [], Name)
  return names.filter((name) => !applied.some((row) => row.name === name))
}

/** All that are pending, each once: wrangler keeps the list in the database itself. */
export async function applyMigrations(
  folder: string,
  { file, binding }: { file: WranglerFile; binding: string },
  env: Record<string, string>,
): Promise<void> {
  const args = ['d1', 'migrations', 'apply', binding, '--remote', '-c', file.name]
  await wrangler({ args, cwd: folder, env })
}
