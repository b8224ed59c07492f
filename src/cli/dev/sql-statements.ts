/** The ledger's migrations as statements. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const MIGRATIONS = join(import.meta.dirname, '../../../migrations')

export interface Migration {
  /** Its file's. */
  name: string
  statements: string[]
}

/** All of migrations/, in order. */
export function readMigrations(): Migration[] {
  return readdirSync(MIGRATIONS)
    .filter((name) => name.endsWith('.sql'))
    .toSorted()
    .map((name) => ({
      name,
      statements: toStatements(readFileSync(join(MIGRATIONS, name), 'utf8')),
    }))
}

/** Our migrations hold plain statements: a semicolon at a line's end ends one. */
export function toStatements(sql: string): string[] {
  return sql
    .split(/;\s*$/m)
    .map((statement) => statement.replaceAll(/^\s*--.*$/gm, '').trim())
    .filter((statement) => statement !== '')
}
