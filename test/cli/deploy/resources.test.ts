import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { openAccount, type CloudflareAccount } from '../../../src/cli/cloudflare/account.ts'
import { readWranglerFiles, writeId } from '../../../src/cli/cloudflare/wrangler-files.ts'
import { ensureQueue, listQueueNames } from '../../../src/cli/deploy/queues.ts'
import {
  ensureDatabase,
  ensureNamespace,
  findNamespace,
} from '../../../src/cli/deploy/resources.ts'
import { ROOT } from '../../e2e/switchboard.ts'
import { startCloudflare, type Cloudflare } from '../../standins/cloudflare/cloudflare.ts'

let cloudflare: Cloudflare
let account: CloudflareAccount
let folders: string[] = []

beforeEach(async () => {
  cloudflare = await startCloudflare()
  const env = cloudflare.env as unknown as NodeJS.ProcessEnv
  account = await openAccount({ env, folder: '.' })
})
afterEach(async () => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
  await cloudflare.stop()
})

/** Somebody's clone, fresh from the repository. */
function clone() {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-'))
  folders.push(folder)
  for (const name of ['wrangler.toml', 'wrangler.consumer.toml']) {
    copyFileSync(join(ROOT, name), join(folder, name))
  }
  return { folder, files: readWranglerFiles(folder) }
}

const names = () => ({
  namespaces: cloudflare.account.namespaces.map(({ title }) => title),
  databases: cloudflare.account.databases.map(({ name }) => name),
  queues: cloudflare.account.queues.map(({ queue_name: name }) => name),
})

const ensureAll = async (files: ReturnType<typeof clone>['files']) => {
  await ensureQueue(account, 'switchboard-events')
  return [await ensureNamespace(account, files), await ensureDatabase(account, files)]
}

const ONE_OF_EACH = {
  namespaces: ['switchboard'],
  databases: ['switchboard'],
  queues: ['switchboard-events'],
}

describe('what is ensured', () => {
  it('is made once, by two at once, and both write the same ids', async () => {
    const [a, b] = [clone(), clone()]
    const [ofA, ofB] = await Promise.all([ensureAll(a.files), ensureAll(b.files)])
    expect(names()).toEqual(ONE_OF_EACH)
    expect(ofA).toEqual(ofB)
    for (const name of ['wrangler.toml', 'wrangler.consumer.toml']) {
      expect(readFileSync(join(a.folder, name), 'utf8')).toBe(
        readFileSync(join(b.folder, name), 'utf8'),
      )
    }
  })

  it('is made once though each answer is lost', async () => {
    cloudflare.failOn('POST', /./, 'lost', 3)
    await ensureAll(clone().files)
    expect(cloudflare.faultsLeft()).toBe(0)
    expect(names()).toEqual(ONE_OF_EACH)
  })

  it('is not made when Cloudflare refuses for another reason', async () => {
    cloudflare.failOn('POST', /./, 400)
    await expect(ensureAll(clone().files)).rejects.toMatchObject({ status: 400 })
    expect(names()).toEqual({ namespaces: [], databases: [], queues: [] })
  })

  it('is left alone when it is there', async () => {
    const { files } = clone()
    await ensureAll(files)
    cloudflare.takeChanges()
    await ensureAll(files)
    expect(cloudflare.takeChanges()).toEqual([])
  })
})

describe('ensureQueue', () => {
  it('makes an existing queue keep its messages for 14 days', async () => {
    const path = `/accounts/${account.id}/queues`
    await account.api.call('POST', path, z.unknown(), { body: { queue_name: 'q' } })
    expect(cloudflare.account.queues[0]?.settings['message_retention_period']).toBe(345_600)
    await ensureQueue(account, 'q')
    expect(cloudflare.account.queues[0]?.settings).toMatchObject({
      message_retention_period: 1_209_600,
      delivery_delay: 0,
    })
  })
})

describe('findNamespace', () => {
  it('takes no other when the account has not the one that is named', async () => {
    const { files } = clone()
    await ensureNamespace(account, files)
    const value = 'f'.repeat(32)
    writeId(files, { table: 'kv_namespaces', binding: 'KV', key: 'id', value })
    await expect(findNamespace(account, files)).rejects.toMatchObject({ code: 'id_unknown' })
  })

  it('refuses files that name different ones', async () => {
    const { files } = clone()
    for (const [i, file] of files.entries()) {
      const value = String(i).repeat(32)
      writeId([file], { table: 'kv_namespaces', binding: 'KV', key: 'id', value })
    }
    await expect(findNamespace(account, files)).rejects.toMatchObject({ code: 'ids_differ' })
  })
})

describe('listQueueNames', () => {
  it('has the dead-letter queue first', () => {
    expect(listQueueNames(clone().files)).toEqual(['switchboard-dead', 'switchboard-events'])
  })
})
