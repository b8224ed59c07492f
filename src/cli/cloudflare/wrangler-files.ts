/**
 * The wrangler files of a project: what deploy needs to know of them, and the ids of what it created,
 * written back. Only the line with the id changes; comments and order stay as they are.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, TomlError } from 'smol-toml'
import { z } from 'zod'
import { writeWhole } from '../project/write-whole.ts'
import { UsageError } from '../terminal/errors.ts'

/** In the order in which they are deployed: who receives has to understand what is sent. */
export const ROLES = ['consumer', 'console', 'gateway'] as const
export type Role = (typeof ROLES)[number]

export const WRANGLER_FILES: Record<Role, string> = {
  consumer: 'wrangler.consumer.toml',
  console: 'wrangler.console.toml',
  gateway: 'wrangler.toml',
}

const Route = z.union([
  z.string().transform((pattern) => ({ pattern, custom_domain: false })),
  z.object({ pattern: z.string(), custom_domain: z.boolean().default(false) }),
])

const Settings = z.object({
  name: z.string(),
  account_id: z.string().optional(),
  workers_dev: z.boolean().optional(),
  route: Route.optional(),
  routes: z.array(Route).default([]),
  triggers: z.object({ crons: z.array(z.string()).default([]) }).default({ crons: [] }),
  vars: z.record(z.string(), z.unknown()).default({}),
  assets: z.object({ directory: z.string() }).optional(),
  kv_namespaces: z.array(z.object({ binding: z.string(), id: z.string().optional() })).default([]),
  d1_databases: z
    .array(
      z.object({
        binding: z.string(),
        database_name: z.string().optional(),
        database_id: z.string().optional(),
        migrations_dir: z.string().default('migrations'),
      }),
    )
    .default([]),
  queues: z
    .object({
      producers: z
        .array(z.object({ binding: z.string().default(''), queue: z.string() }))
        .default([]),
      consumers: z
        .array(
          z.object({
            queue: z.string(),
            dead_letter_queue: z.string().optional(),
            max_batch_size: z.number().optional(),
            max_batch_timeout: z.number().optional(),
            max_retries: z.number().optional(),
            max_concurrency: z.number().optional(),
          }),
        )
        .default([]),
    })
    .default({ producers: [], consumers: [] }),
  secrets: z.object({ required: z.array(z.string()).default([]) }).default({ required: [] }),
})

export type WranglerSettings = z.infer<typeof Settings>

export interface WranglerFile {
  role: Role
  /** As shown and as passed to wrangler: `wrangler.toml`. */
  name: string
  path: string
  text: string
  settings: WranglerSettings
}

/** Those that are there: gateway and consumer always, the console's only if it exists. */
export function readWranglerFiles(folder: string): WranglerFile[] {
  return ROLES.filter(
    (role) => role !== 'console' || existsSync(join(folder, WRANGLER_FILES.console)),
  ).map((role) => readWranglerFile(folder, role))
}

export function readWranglerFile(folder: string, role: Role): WranglerFile {
  const name = WRANGLER_FILES[role]
  const path = join(folder, name)
  const next = 'Run switchboard in the folder of the project, where the wrangler files are.'
  if (!existsSync(path))
    throw new UsageError(`There is no ${name} here.`, { code: 'no_project', next })
  const text = readFileSync(path, 'utf8')
  return { role, name, path, text, settings: parseSettings(text, name) }
}

/** Throws a UsageError for what is no TOML, or not that of a Worker. */
export function parseSettings(text: string, name: string): WranglerSettings {
  try {
    return Settings.parse(parse(text))
  } catch (error) {
    throw new UsageError(`${name} cannot be read: ${toProblem(error)}`, { code: 'wrangler_file' })
  }
}

function toProblem(error: unknown): string {
  if (error instanceof TomlError) return `${error.message.split('\n')[0]} (line ${error.line})`
  if (!(error instanceof z.ZodError)) return String(error)
  const [issue] = error.issues
  return `${issue?.path.join('.')}: ${issue?.message}`
}

/** What is written into a table of a list: `id` of a `[[kv_namespaces]]`. */
export interface IdLine {
  table: 'kv_namespaces' | 'd1_databases'
  binding: string
  key: 'id' | 'database_id'
  value: string
}

/** Writes an id wherever that binding is, whole or not at all; gives the names of the changed files. */
export function writeId(files: readonly WranglerFile[], line: IdLine): string[] {
  const changed: string[] = []
  for (const file of files) {
    const text = setId(file.text, line)
    if (text === file.text) continue
    writeWhole(file.path, text)
    file.text = text
    file.settings = parseSettings(text, file.name)
    changed.push(file.name)
  }
  return changed
}

/** The text with the id of one binding set: its line replaced, or put behind the binding's. */
export function setId(text: string, { table, binding, key, value }: IdLine): string {
  const lines = text.split('\n')
  const header = new RegExp(`^\\s*\\[\\[\\s*${table}\\s*\\]\\]`)
  for (const [start, first] of lines.entries()) {
    if (!header.test(first)) continue
    const length = lines.slice(start + 1).findIndex((line) => /^\s*\[/.test(line))
    const end = length === -1 ? lines.length : start + 1 + length
    const within = (pattern: RegExp) =>
      lines.findIndex((line, i) => i > start && i < end && pattern.test(line))
    const at = within(new RegExp(`^\\s*binding\\s*=\\s*["']${binding}["']`))
    if (at === -1) continue
    const pattern = new RegExp(`^(\\s*${key}\\s*=\\s*)(?:"[^"]*"|'[^']*')`)
    const found = within(pattern)
    if (found === -1) lines.splice(at + 1, 0, `${key} = "${value}"`)
    else lines[found] = (lines[found] ?? '').replace(pattern, `$1"${value}"`)
    return lines.join('\n')
  }
  return text
}
