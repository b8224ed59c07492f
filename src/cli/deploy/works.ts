/** What each step of a deploy does. */
import { randomUUID } from 'node:crypto'
import { TOKENS_SECRET } from '../../config/secret-names.ts'
import { parseKeyRing } from '../../twilio/keyring.ts'
import { createD1 } from '../cloudflare/d1.ts'
import { createKvStore } from '../cloudflare/kv.ts'
import { readSecrets } from '../project/secrets.ts'
import { publish } from '../publish/publish.ts'
import { UsageError } from '../terminal/errors.ts'
import { checkHealth } from './check-health.ts'
import type { GatewayUrl } from './gateway-url.ts'
import { listLedgers } from '../project/shards.ts'
import { applyMigrations } from './migrations.ts'
import type { Observed, StepKind } from './plan.ts'
import { fileOf, type Project } from './project.ts'
import { ensureQueue } from './queues.ts'
import { ensureDatabase, ensureNamespace } from './resources.ts'
import type { Work } from './run-plan.ts'
import { sendTestEvent } from './test-event.ts'
import { uploadWorker } from './upload.ts'

export interface WorksOptions {
  gateway: GatewayUrl
  /** Where the gateway is reached instead of its address. */
  via: string | undefined
  /** What the wrangler file lacks for that address. */
  missingRoute: string | null
  waitMs: number
  message: string | undefined
}

export function createWorks(
  project: Project,
  observed: Observed,
  { gateway, via, missingRoute: hint, waitMs, message }: WorksOptions,
): Record<StepKind, Work> {
  const { account, files, folder, env, document, read } = project
  const reached = via ?? gateway.url
  return {
    namespace: async () => void (await ensureNamespace(account, files)),
    queue: ({ subject }) => ensureQueue(account, subject),
    database: async ({ subject }) =>
      void (await ensureDatabase(account, files, bindingOf(observed, subject))),
    migrations: ({ subject }) =>
      applyMigrations(
        folder,
        { file: fileOf(project, 'consumer'), binding: bindingOf(observed, subject) },
        env,
      ),

    async worker({ subject }) {
      const worker = observed.workers.find(({ role }) => role === subject)
      if (!worker) throw new TypeError(`no Worker for ${subject}`)
      const file = fileOf(project, worker.role)
      const tag = await project.tagOf(file)
      const secrets = readSecrets(worker.secrets, read)
      const note = message ?? `switchboard deploy, config ${document.version}`
      await uploadWorker(file, { folder, env }, { tag, message: note, secrets })
      return `uploaded as ${tag}`
    },

    async config() {
      const store = createKvStore(account.api, account.id, await ensureNamespace(account, files))
      const request = { by: await account.who(), at: Date.now(), how: 'deploy' as const, message }
      return publish(store, document, request)
    },

    async health(_step, onAnswer) {
      const { version } = await checkHealth({ url: reached, waitMs, hint, onAnswer })
      if (version === null || version === document.version) return 'well'
      return `well; it still uses config ${version}, for a minute at most`
    },

    async test(_step, onProgress) {
      const ring = parseKeyRing(read(TOKENS_SECRET))
      if (!ring.ok) throw new UsageError(`${TOKENS_SECRET} ${ring.error.hint}`)
      const ids = await Promise.all(
        listLedgers(project.shards).map((binding) => ensureDatabase(account, files, binding)),
      )
      const ms = await sendTestEvent({
        via: reached,
        // A gateway without publicUrl checks against the address that was called.
        url: gateway.isConfigured ? gateway.url : reached,
        ring: ring.value,
        ledgers: ids.map((id) => createD1(account.api, account.id, id)),
        testId: `test_${randomUUID()}`,
        waitMs,
        onProgress,
      })
      return `in the ledger ${(ms / 1000).toFixed(1)} s after the gateway took it`
    },
  }
}

/** The binding of a ledger by its database's name. */
function bindingOf({ databases }: Observed, name: string): string {
  return databases.find((each) => each.name === name)?.binding ?? 'LEDGER'
}
