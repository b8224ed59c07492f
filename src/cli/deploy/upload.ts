/**
 * Uploading a Worker, and knowing when there is no need to. A version carries a tag: the hash of what
 * was uploaded. Whoever deploys compares that tag with the hash of what they would upload.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import { STDIN_FILE, wrangler } from '../cloudflare/wrangler.ts'
import type { WranglerFile } from '../cloudflare/wrangler-files.ts'

export interface UploadOptions {
  folder: string
  /** The login, the account, and the config that the build reads. */
  env: Record<string, string>
}

/** Builds the Worker as a deploy would, and hashes it together with its settings. */
export async function computeTag(
  file: WranglerFile,
  { folder, env }: UploadOptions,
): Promise<string> {
  const out = mkdtempSync(join(tmpdir(), 'switchboard-'))
  try {
    const args = ['deploy', '--dry-run', '--outdir', out, '-c', file.name]
    await wrangler({ args, cwd: folder, env })
    const hash = createHash('sha256').update(toSettingsText(file.text))
    addFolder(hash, out)
    const assets = file.settings.assets?.directory
    if (assets !== undefined) addFolder(hash, join(folder, assets))
    return `sb-${hash.digest('hex').slice(0, 20)}`
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
}

/** Without comments and layout: they are not uploaded. */
const toSettingsText = (toml: string): string => JSON.stringify(parse(toml))

/** wrangler's own note has a date in it; a source map changes nothing that runs. */
const IGNORED = /(?:^README\.md|\.map)$/

function addFolder(hash: ReturnType<typeof createHash>, path: string): void {
  if (!existsSync(path)) return
  const entries = readdirSync(path, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile() && !IGNORED.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
  for (const name of files) {
    const bytes = readFileSync(name)
    hash.update(`\0${name.slice(path.length)}\0${bytes.length}\0`).update(bytes)
  }
}

/**
 * Uploads and deploys a Worker, with these secrets in the same step: it never runs without them. They go
 * through standard input, from a file without a name.
 */
export async function uploadWorker(
  file: WranglerFile,
  { folder, env }: UploadOptions,
  { tag, message, secrets }: { tag: string; message: string; secrets: Record<string, string> },
): Promise<void> {
  const hidden = Object.values(secrets)
  const args = ['deploy', '-c', file.name, '--tag', tag, '--message', message]
  await wrangler({
    args: hidden.length === 0 ? args : [...args, '--secrets-file', STDIN_FILE],
    cwd: folder,
    env,
    hidden,
    ...(hidden.length === 0 ? {} : { stdin: JSON.stringify(secrets) }),
  })
}
