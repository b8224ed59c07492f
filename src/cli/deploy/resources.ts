/**
 * The KV namespace and the D1 databases: found by the id in the wrangler files, else by name; created
 * when they are not there.
 *
 * An id that the account does not have is an error, since the config and the ledger would silently be
 * others.
 */
import { z } from 'zod'
import type { CloudflareAccount } from '../cloudflare/account.ts'
import { writeId, type WranglerFile } from '../cloudflare/wrangler-files.ts'
import { UsageError } from '../terminal/errors.ts'
import { createOrFind } from './create-or-find.ts'

/** What tells an id from the word that stands in its place before the first deploy. */
const NAMESPACE_ID = /^[0-9a-f]{32}$/
const DATABASE_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export interface Named {
  name: string
  id: string | null
}

const Namespace = z.object({ id: z.string(), title: z.string() })
const Database = z.object({ uuid: z.string(), name: z.string() })

const SWITCHBOARD = 'switchboard'

/** All bindings of that name must mean the same one. */
function readOnlyId(ids: readonly (string | undefined)[], pattern: RegExp, what: string) {
  const known = new Set(ids.filter((id) => id !== undefined && pattern.test(id)))
  if (known.size > 1) {
    throw new UsageError(`The wrangler files name different ids for the ${what}.`, {
      code: 'ids_differ',
      next: 'Write the right one into all of them.',
    })
  }
  return { id: [...known][0] ?? null, word: ids.find((id) => id !== undefined) ?? SWITCHBOARD }
}

function notThere(what: string, id: string): UsageError {
  return new UsageError(`The wrangler files name the ${what} ${id}, which this account has not.`, {
    code: 'id_unknown',
    next: 'Check CLOUDFLARE_ACCOUNT_ID; or write "switchboard" in place of the id to get a new one.',
  })
}

export async function findNamespace(
  { api, id: account }: CloudflareAccount,
  files: readonly WranglerFile[],
): Promise<Named> {
  const bound = files.flatMap(({ settings }) => settings.kv_namespaces)
  const ids = bound.filter(({ binding }) => binding === 'KV').map(({ id }) => id)
  const { id, word } = readOnlyId(ids, NAMESPACE_ID, 'KV namespace')
  const path = `/accounts/${account}/storage/kv/namespaces`
  if (id !== null) {
    const found = await api.find(`${path}/${id}`, Namespace)
    if (!found) throw notThere('KV namespace', id)
    return { name: found.title, id }
  }
  const all = await api.list(path, Namespace)
  return { name: word, id: all.find(({ title }) => title === word)?.id ?? null }
}

export async function findDatabase(
  { api, id: account }: CloudflareAccount,
  files: readonly WranglerFile[],
  binding = 'LEDGER',
): Promise<Named> {
  const bound = files
    .flatMap(({ settings }) => settings.d1_databases)
    .filter((each) => each.binding === binding)
  const ids = bound.map((each) => each.database_id)
  const { id } = readOnlyId(ids, DATABASE_ID, `D1 database ${binding}`)
  const path = `/accounts/${account}/d1/database`
  const name = bound.find((each) => each.database_name)?.database_name ?? SWITCHBOARD
  if (id !== null) {
    const found = await api.find(`${path}/${id}`, Database)
    if (!found) throw notThere('D1 database', id)
    return { name: found.name, id }
  }
  const all = await api.list(path, Database, { name })
  return { name, id: all.find((each) => each.name === name)?.uuid ?? null }
}

/** Creates it and writes its id into the wrangler files. */
export async function ensureNamespace(
  account: CloudflareAccount,
  files: readonly WranglerFile[],
): Promise<string> {
  const path = `/accounts/${account.id}/storage/kv/namespaces`
  const find = () => findNamespace(account, files)
  const value = await ensureNamed(find, async (title) => {
    const made = await account.api.call('POST', path, Namespace, { body: { title } })
    return made.id
  })
  writeId(files, { table: 'kv_namespaces', binding: 'KV', key: 'id', value })
  return value
}

export async function ensureDatabase(
  account: CloudflareAccount,
  files: readonly WranglerFile[],
  binding = 'LEDGER',
): Promise<string> {
  const path = `/accounts/${account.id}/d1/database`
  const find = () => findDatabase(account, files, binding)
  const value = await ensureNamed(find, async (name) => {
    const made = await account.api.call('POST', path, Database, { body: { name } })
    return made.uuid
  })
  writeId(files, { table: 'd1_databases', binding, key: 'database_id', value })
  return value
}

async function ensureNamed(
  find: () => Promise<Named>,
  create: (name: string) => Promise<string>,
): Promise<string> {
  const { name, id } = await find()
  return (
    id ??
    createOrFind(
      () => create(name),
      async () => (await find()).id,
    )
  )
}
