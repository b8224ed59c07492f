/** The deployed Switchboard as these verbs need it: its KV namespace and the consumer's secrets. */
import { z } from 'zod'
import type { KvStore } from '../../config/published/kv-store.ts'
import { openAccount } from '../cloudflare/account.ts'
import { createKvStore } from '../cloudflare/kv.ts'
import { readWranglerFile } from '../cloudflare/wrangler-files.ts'
import { CommandError, UsageError } from '../terminal/errors.ts'

export interface Cloud {
  store: KvStore
  /** Who is logged in; a claim, since a token may be shared. */
  who: () => Promise<string>
  /** Names; null: the consumer is not deployed; undefined: the login may not ask. */
  listSecrets: () => Promise<string[] | null | undefined>
}

/** What Cloudflare gives out; a wrangler file has a word in its place until the first deploy. */
const NAMESPACE_ID = /^[0-9a-f]{32}$/

const Secrets = z.array(z.object({ name: z.string() }))

export async function openCloud(env: NodeJS.ProcessEnv, folder: string): Promise<Cloud> {
  const gateway = readWranglerFile(folder, 'gateway')
  const namespace = gateway.settings.kv_namespaces.find(({ binding }) => binding === 'KV')
  if (!namespace?.id || !NAMESPACE_ID.test(namespace.id)) {
    throw new UsageError(`${gateway.name} has no KV namespace of yours yet: nothing is deployed.`, {
      code: 'not_deployed',
      next: 'switchboard deploy',
    })
  }
  const consumer = readWranglerFile(folder, 'consumer')
  const accountId = gateway.settings.account_id
  const account = await openAccount({ env, folder, accountId })
  const secrets = `/accounts/${account.id}/workers/scripts/${consumer.settings.name}/secrets`
  return {
    store: createKvStore(account.api, account.id, namespace.id),
    who: () => account.who(),
    async listSecrets() {
      try {
        const found = await account.api.find(secrets, Secrets)
        return found && found.map(({ name }) => name)
      } catch (error) {
        const isForbidden = error instanceof CommandError && error.code === 'cloudflare_permission'
        if (isForbidden) return undefined
        throw error
      }
    },
  }
}
