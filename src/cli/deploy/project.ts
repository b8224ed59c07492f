/** What one deploy works with: the project's files, its config, and where it goes. */
import { resolve } from 'node:path'
import type { CompiledConfig } from '../../config/compiled.ts'
import { toDocument, toVersion, type ConfigDocument } from '../../config/document.ts'
import { openAccount, type CloudflareAccount } from '../cloudflare/account.ts'
import { readWranglerFiles, type Role, type WranglerFile } from '../cloudflare/wrangler-files.ts'
import { loadConfigFile } from '../project/config-file.ts'
import { createConfigSecretReader, type ReadSecret } from '../project/secrets.ts'
import { requireShards } from '../project/shards.ts'
import { computeTag } from './upload.ts'

export interface Project {
  folder: string
  account: CloudflareAccount
  files: WranglerFile[]
  /** How many queues and ledgers events are divided over. */
  shards: number
  config: CompiledConfig
  document: ConfigDocument
  /** Secrets that are known here. */
  read: ReadSecret
  /** For wrangler: the account, and the config that `[build]` compiles. */
  env: Record<string, string>
  /** The tag of what would be uploaded now. Built once, and again when the wrangler file changed. */
  tagOf: (file: WranglerFile) => Promise<string>
}

/** Everything that can be wrong here is found before anything is changed. */
export async function openProject(
  folder: string,
  configFile: string,
  processEnv: NodeJS.ProcessEnv,
  warn: (text: string) => void,
): Promise<Project> {
  const config = await loadConfigFile(configFile, { local: false, warn })
  const files = readWranglerFiles(folder)
  const shards = requireShards(files)
  const accountId = files.find(({ settings }) => settings.account_id)?.settings.account_id
  const account = await openAccount({ env: processEnv, folder, accountId })
  const env = { ...account.env, SWITCHBOARD_CONFIG: resolve(configFile) }
  return {
    folder,
    account,
    files,
    shards,
    config,
    document: toDocument(config, toVersion(config)),
    read: createConfigSecretReader(processEnv, configFile),
    env,
    tagOf: rememberTags(folder, env),
  }
}

function rememberTags(folder: string, env: Record<string, string>): Project['tagOf'] {
  const known = new Map<Role, { text: string; tag: string }>()
  return async (file) => {
    const before = known.get(file.role)
    if (before?.text === file.text) return before.tag
    const tag = await computeTag(file, { folder, env })
    known.set(file.role, { text: file.text, tag })
    return tag
  }
}

export function fileOf({ files }: Project, role: Role): WranglerFile {
  const file = files.find((each) => each.role === role)
  if (!file) throw new TypeError(`no wrangler file of the ${role}`)
  return file
}
