/** The deployed Workers, as far as a rotation concerns them: their ring, their ledger, their health. */
import { z } from 'zod'
import { TOKENS_SECRET } from '../../config/secret-names.ts'
import { openAccount } from '../cloudflare/account.ts'
import { createD1, type D1Database } from '../cloudflare/d1.ts'
import { isWell, waitForGateway } from '../cloudflare/wait-for-gateway.ts'
import { readWranglerFiles, type WranglerFile } from '../cloudflare/wrangler-files.ts'
import { wrangler } from '../cloudflare/wrangler.ts'
import { listLedgers, requireShards } from '../project/shards.ts'
import { UsageError, WorkError } from '../terminal/errors.ts'

export interface Workers {
  /** The record of all ledgers: what each gives to a question, one behind the other. */
  ledger: D1Database
  /** Names of the Workers that hold the ring; throws when the gateway is not deployed. */
  holders: () => Promise<WranglerFile[]>
  /** Replaces their ring; resolves when the gateway is well. Safe to repeat. */
  upload: (ring: string, onProgress: (detail: string) => void) => Promise<void>
}

export interface WorkersOptions {
  env: NodeJS.ProcessEnv
  folder: string
  /** Of the gateway. */
  origin: string
}

const DATABASE_ID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/
const Secrets = z.array(z.object({ name: z.string() }))

export async function openWorkers({ env, folder, origin }: WorkersOptions): Promise<Workers> {
  const files = readWranglerFiles(folder)
  const bound = files.flatMap(({ settings }) => settings.d1_databases)
  const databases = listLedgers(requireShards(files)).map((ledger) => {
    const id = bound.find(({ binding }) => binding === ledger)?.database_id
    if (!id || !DATABASE_ID.test(id)) throw notDeployed(`has no ledger of yours yet (${ledger})`)
    return id
  })
  const accountId = files.map(({ settings }) => settings.account_id).find(Boolean)
  const account = await openAccount({ env, folder, accountId })

  async function hasRing({ role, settings }: WranglerFile): Promise<boolean> {
    const path = `/accounts/${account.id}/workers/scripts/${settings.name}/secrets`
    const secrets = await account.api.find(path, Secrets)
    if (role !== 'gateway') return secrets?.some(({ name }) => name === TOKENS_SECRET) ?? false
    if (secrets) return true
    throw notDeployed(`has no Worker "${settings.name}"`)
  }

  async function holders() {
    const flags = await Promise.all(files.map(hasRing))
    return files.filter((_, index) => flags[index])
  }

  return {
    ledger: toOne(databases.map((id) => createD1(account.api, account.id, id))),
    holders,
    async upload(ring, onProgress) {
      for (const { name } of await holders()) {
        onProgress(name)
        await wrangler({
          args: ['secret', 'bulk', '-c', name],
          cwd: folder,
          env: account.env,
          stdin: JSON.stringify({ [TOKENS_SECRET]: ring }),
        })
      }
      onProgress('waiting for the gateway')
      await waitUntilWell(origin)
    },
  }
}

const toOne = (ledgers: readonly D1Database[]): D1Database => ({
  async query(...question) {
    return (await Promise.all(ledgers.map((ledger) => ledger.query(...question)))).flat()
  },
})

const WAIT_MS = 60_000

async function waitUntilWell(origin: string): Promise<void> {
  const { isReached, health } = await waitForGateway({ origin, until: isWell, waitMs: WAIT_MS })
  if (isReached) return
  const words = { gateway: 'is unwell', foreign: 'is no gateway', unreachable: 'is not reached' }
  throw new WorkError(`What answers at ${origin} ${words[health.kind]}.`, {
    code: 'gateway_unwell',
    next: `Look at ${origin}/healthz, and run rotate again: it goes on here.`,
  })
}

const notDeployed = (what: string) =>
  new UsageError(`The Cloudflare account ${what}: nothing is deployed.`, {
    code: 'not_deployed',
    next: 'switchboard deploy',
  })
