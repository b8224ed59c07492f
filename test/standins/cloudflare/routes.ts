/** The calls that the stand-in knows: those that wrangler and the command make, and no more. */
import { randomUUID } from 'node:crypto'
import { toStatements } from '../../../src/cli/dev/sql-statements.ts'
import { take, type Account } from './account.ts'
import { ok, refuse, toPage, type Reply } from './reply.ts'
import type { createStorage } from './storage.ts'
import { SCRIPT_ROUTES } from './script-routes.ts'

export interface World {
  account: Account
  storage: ReturnType<typeof createStorage>
}

export interface Request {
  /** The parts of the path that the pattern names. */
  at: Record<string, string>
  query: URLSearchParams
  json: () => Record<string, unknown>
  form: () => Promise<FormData>
}

export type Route = readonly [
  method: string,
  /** Below /accounts/<id>. */
  path: RegExp,
  handle: (world: World, request: Request) => Reply | Promise<Reply>,
]

const KV = '/storage/kv/namespaces'

export const ROUTES: readonly Route[] = [
  ...SCRIPT_ROUTES,
  ['GET', at(KV), ({ account }, { query }) => toPage(account.namespaces, query)],
  [
    'POST',
    at(KV),
    ({ account }, { json }) => {
      const title = String(json()['title'])
      if (account.namespaces.some((each) => each.title === title))
        return refuse(400, 10014, 'a namespace with this account ID and title already exists')
      const made = { id: take(account.kvPool, account.namespaces.length), title }
      account.namespaces.push(made)
      return ok(made)
    },
  ],
  [
    'GET',
    at(`${KV}/(?<id>[^/]+)`),
    ({ account }, { at: { id } }) => {
      const found = account.namespaces.find((each) => each.id === id)
      return found ? ok(found) : refuse(404, 10013, 'namespace not found')
    },
  ],
  [
    'GET',
    at(`${KV}/(?<id>[^/]+)/values/(?<key>[^/]+)`),
    async ({ storage }, { at: { id = '', key = '' } }) => {
      const kv = await storage.kv(id)
      const text = await kv.get(decodeURIComponent(key))
      return text === null
        ? refuse(404, 10009, "get: 'key not found'")
        : { status: 200, text: String(text) }
    },
  ],
  [
    'PUT',
    at(`${KV}/(?<id>[^/]+)/values/(?<key>[^/]+)`),
    async ({ storage }, { at: { id = '', key = '' }, form }) => {
      const kv = await storage.kv(id)
      const fields = await form()
      const metadata = JSON.parse(String(fields.get('metadata')))
      await kv.put(decodeURIComponent(key), String(fields.get('value')), { metadata })
      return ok({})
    },
  ],
  [
    'GET',
    at(`${KV}/(?<id>[^/]+)/keys`),
    async ({ storage }, { at: { id = '' }, query }) => {
      const kv = await storage.kv(id)
      const cursor = query.get('cursor')
      const listed = await kv.list({
        prefix: query.get('prefix') ?? '',
        limit: Number(query.get('limit') ?? 1000),
        ...(cursor === null ? {} : { cursor }),
      })
      return ok(listed.keys, {
        count: listed.keys.length,
        cursor: listed.list_complete ? '' : listed.cursor,
      })
    },
  ],
  [
    'GET',
    at('/queues'),
    ({ account }, { query }) => {
      const names = query.getAll('name')
      const isAsked = (name: string) => names.length === 0 || names.includes(name)
      return toPage(
        account.queues.filter((queue) => isAsked(queue.queue_name)),
        query,
      )
    },
  ],
  [
    'POST',
    at('/queues'),
    ({ account }, { json }) => {
      const { queue_name: name, settings = {} } = json()
      if (account.queues.some((queue) => queue.queue_name === name))
        return refuse(409, 11009, 'Queue name is already taken')
      const defaults = { message_retention_period: 345_600, delivery_delay: 0 }
      const queue = {
        queue_id: randomUUID().replaceAll('-', ''),
        queue_name: String(name),
        settings: { ...defaults, ...(settings as object) },
        consumers: [],
      }
      account.queues.push(queue)
      return ok(queue)
    },
  ],
  [
    'PATCH',
    at('/queues/(?<id>[^/]+)'),
    ({ account }, { at: { id }, json }) => {
      const queue = account.queues.find((each) => each.queue_id === id)
      if (!queue) return refuse(404, 11000, 'queue not found')
      Object.assign(queue.settings, json()['settings'])
      return ok(queue)
    },
  ],
  [
    'POST',
    at('/queues/(?<id>[^/]+)/consumers'),
    ({ account }, { at: { id }, json }) => {
      const queue = account.queues.find((each) => each.queue_id === id)
      if (!queue) return refuse(404, 11000, 'queue not found')
      if (queue.consumers.length > 0) return refuse(400, 11004, 'Queue already has a consumer')
      queue.consumers.push({ consumer_id: randomUUID(), ...toConsumer(json()) })
      return ok(queue.consumers[0])
    },
  ],
  [
    'PUT',
    at('/queues/(?<id>[^/]+)/consumers/(?<consumer>[^/]+)'),
    ({ account }, { at: { id, consumer }, json }) => {
      const queue = account.queues.find((each) => each.queue_id === id)
      const found = queue?.consumers.find((each) => each.consumer_id === consumer)
      if (!found) return refuse(404, 11001, 'consumer not found')
      return ok(Object.assign(found, toConsumer(json())))
    },
  ],
  [
    'GET',
    at('/d1/database'),
    ({ account }, { query }) =>
      toPage(
        account.databases.filter(({ name }) => name.includes(query.get('name') ?? '')),
        query,
      ),
  ],
  [
    'POST',
    at('/d1/database'),
    ({ account }, { json }) => {
      const name = String(json()['name'])
      if (account.databases.some((each) => each.name === name))
        return refuse(400, 7502, 'database with that name already exists')
      const made = { uuid: take(account.d1Pool, account.databases.length), name }
      account.databases.push(made)
      return ok(made)
    },
  ],
  [
    'GET',
    at('/d1/database/(?<id>[^/]+)'),
    ({ account }, { at: { id } }) => {
      const found = account.databases.find(({ uuid, name }) => uuid === id || name === id)
      return found ? ok({ ...found, version: 'production' }) : refuse(404, 7404, 'not found')
    },
  ],
  [
    'POST',
    at('/d1/database/(?<id>[^/]+)/query'),
    async ({ storage }, { at: { id = '' }, json }) => {
      const { sql, params = [] } = json()
      const d1 = await storage.d1(id)
      try {
        const statements = toStatements(String(sql)).map((text) => d1.prepare(text))
        const bound = statements.map((each) => each.bind(...(params as unknown[])))
        return ok(await d1.batch(bound))
      } catch (error) {
        return refuse(400, 7500, String(error))
      }
    },
  ],
]

function toConsumer(body: Record<string, unknown>) {
  const { script_name: script, dead_letter_queue: dead, settings } = body
  return {
    type: 'worker' as const,
    script: String(script),
    settings: settings as Record<string, unknown>,
    ...(typeof dead === 'string' ? { dead_letter_queue: dead } : {}),
  }
}

/** The whole path, and nothing behind it. */
export function at(path: string): RegExp {
  return new RegExp(`^${path}$`)
}
