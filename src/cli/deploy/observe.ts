/** Looks at what is there: only reads, of Cloudflare and of the project's files. */
import { readLive } from '../../config/published/live.ts'
import { isSame } from '../../config/published/publish.ts'
import { CONSOLE_SECRETS, TOKENS_SECRET } from '../../config/secret-names.ts'
import { createD1 } from '../cloudflare/d1.ts'
import { createKvStore } from '../cloudflare/kv.ts'
import type { WranglerFile } from '../cloudflare/wrangler-files.ts'
import { readDeployed } from './deployed.ts'
import { listMigrations, listPending } from './migrations.ts'
import type { Observed, ObservedDatabase, UploadReason } from './plan.ts'
import { listLedgers } from '../project/shards.ts'
import { fileOf, type Project } from './project.ts'
import { listQueueNames, listQueues, type FoundQueue } from './queues.ts'
import { findDatabase, findNamespace, type Named } from './resources.ts'
import {
  checkValues,
  decideSecrets,
  refuseMissing,
  toOptionalSecrets,
  toRequiredSecrets,
} from './secrets.ts'

export interface ObserveOptions {
  updateSecrets: boolean
  test: boolean
}

/** Throws a UsageError for what must be mended before anything is changed: missing secrets, wrong ids. */
export async function observe(project: Project, options: ObserveOptions): Promise<Observed> {
  const { account, files, read } = project
  const [namespace, databases, queues] = await Promise.all([
    findNamespace(account, files),
    observeDatabases(project),
    listQueues(account),
  ])
  const namespaceFiles = listWithout(files, namespace, ({ settings }) =>
    settings.kv_namespaces.filter(({ binding }) => binding === 'KV').map(({ id }) => id),
  )
  const unsettled = [...namespaceFiles, ...databases.flatMap((each) => each.filesToWrite)]
  const workers = await observeWorkers(project, options, queues, unsettled)
  return {
    namespace: { ...namespace, filesToWrite: namespaceFiles },
    databases,
    queues: listQueueNames(files).map((name) => {
      const found = queues.find((queue) => queue.queue_name === name)
      return {
        name,
        retentionSeconds: found ? (found.settings?.message_retention_period ?? 0) : null,
      }
    }),
    workers,
    config: {
      version: project.document.version,
      isLive: namespace.id !== null && (await isPublished(project, namespace.id)),
    },
    noTest: options.test ? toNoTest(read(TOKENS_SECRET)) : '--no-test',
  }
}

function toNoTest(ring: string | undefined): string | null {
  if (ring !== undefined) return null
  return `left out: ${TOKENS_SECRET} is at Cloudflare only, so nothing can be signed here`
}

/** The names of the files that bind it by another id, or by none. */
function listWithout(
  files: readonly WranglerFile[],
  { id }: Named,
  idsOf: (file: WranglerFile) => (string | undefined)[],
): string[] {
  return files.filter((file) => idsOf(file).some((each) => each !== id)).map(({ name }) => name)
}

/** The ledger of each shard. Two of one name would be one database for both. */
async function observeDatabases(project: Project): Promise<ObservedDatabase[]> {
  const { account, files, folder, shards } = project
  return Promise.all(
    listLedgers(shards).map(async (binding) => {
      const database = await findDatabase(account, files, binding)
      const { id } = database
      const ledger = id === null ? null : createD1(account.api, account.id, id)
      const names = listMigrations(folder, fileOf(project, 'consumer'), binding)
      const filesToWrite = listWithout(files, database, ({ settings }) =>
        settings.d1_databases
          .filter((each) => each.binding === binding)
          .map(({ database_id: own }) => own),
      )
      return { binding, ...database, filesToWrite, pending: await listPending(names, ledger) }
    }),
  )
}

async function isPublished({ account, document }: Project, id: string): Promise<boolean> {
  const live = await readLive(createKvStore(account.api, account.id, id))
  return isSame(live, document)
}

async function observeWorkers(
  project: Project,
  { updateSecrets }: ObserveOptions,
  queues: readonly FoundQueue[],
  unsettled: readonly string[],
): Promise<Observed['workers']> {
  const { account, files, config, read } = project
  const found = await Promise.all(
    files.map(async (file) => {
      const deployed = await readDeployed(account, file, queues)
      const needed = toRequiredSecrets(file.role, config, file.settings.secrets.required)
      const there = deployed?.secrets ?? []
      const secrets = decideSecrets(needed, there, read, updateSecrets)
      const extra = decideSecrets(toOptionalSecrets(file.role), there, read, updateSecrets)
      const isOpenable = extra.missing.length < CONSOLE_SECRETS.length || hasLogin(file)
      const upload = [...secrets.upload, ...extra.upload]
      return { file, deployed, missing: secrets.missing, upload, isOpenable }
    }),
  )
  refuseMissing(found.flatMap(({ missing }) => missing))
  checkValues(
    found.flatMap(({ upload }) => upload),
    read,
  )
  const workers: Observed['workers'] = []
  for (const { file, deployed, upload, isOpenable } of found) {
    const decide = async (): Promise<UploadReason | null> => {
      if (!deployed) return 'new'
      if (upload.length > 0) return 'secrets'
      if (deployed.tag === null || unsettled.includes(file.name)) return 'changed'
      if (deployed.wrongTriggers.length > 0) return 'triggers'
      // Last, since it is what takes long: the Worker is built.
      return deployed.tag === (await project.tagOf(file)) ? null : 'changed'
    }
    const { role, settings } = file
    const isClosed = role === 'console' && !isOpenable
    const { name } = settings
    workers.push({ role, name, reason: await decide(), secrets: upload, isClosed })
  }
  return workers
}

/** Access's settings are no secret: they may stand in the wrangler file. */
function hasLogin({ settings }: WranglerFile): boolean {
  return CONSOLE_SECRETS.some((name) => settings.vars[name] !== undefined)
}
