/** The calls about Workers: uploads, versions, deployments, secrets, and what calls them. */
import { randomUUID } from 'node:crypto'
import { ok, refuse, type Reply } from './reply.ts'
import type { Request, Route, World } from './routes.ts'
import { activeVersion, secretsOf, type Binding, type Script, type Version } from './scripts.ts'

const SCRIPT = '^/workers/scripts/(?<name>[^/]+)'
const NOT_FOUND = refuse(404, 10007, 'This Worker does not exist on your account.')

type Handle = (script: Script, request: Request) => Reply | Promise<Reply>

/** For what only an existing Worker answers. */
const of =
  (handle: Handle) =>
  ({ account }: World, request: Request) => {
    const script = account.scripts.all.get(request.at['name'] ?? '')
    return script ? handle(script, request) : NOT_FOUND
  }

const toUploaded = ({ id }: Version) => ({
  id,
  etag: id,
  deployment_id: id.replaceAll('-', ''),
  startup_time_ms: 1,
  resources: { script: { etag: id } },
})

const toVersion = ({ id, number, annotations, bindings }: Version) => ({
  id,
  number,
  annotations,
  metadata: { source: 'wrangler', created_on: new Date(0).toISOString(), author_email: '' },
  resources: {
    bindings: bindings.map((each) =>
      each.type === 'secret_text' ? { type: each.type, name: each.name } : each,
    ),
  },
})

export const SCRIPT_ROUTES: readonly Route[] = [
  [
    'PUT',
    new RegExp(`${SCRIPT}$`),
    async ({ account }, { at: { name = '' }, form }) => {
      const version = await account.scripts.upload(name, await form())
      const script = account.scripts.all.get(name)
      if ('status' in version || !script) return version as Reply
      account.scripts.activate(script, version.id)
      return ok(toUploaded(version))
    },
  ],
  [
    'POST',
    new RegExp(`${SCRIPT}/versions$`),
    async ({ account }, { at: { name = '' }, form }) => {
      const version = await account.scripts.upload(name, await form())
      return 'status' in version ? version : ok(toUploaded(version))
    },
  ],
  [
    'GET',
    new RegExp(`${SCRIPT}/versions$`),
    of(({ versions }) => ok({ items: versions.toReversed().map(toVersion) })),
  ],
  [
    'GET',
    new RegExp(`${SCRIPT}/versions/(?<id>[^/]+)$`),
    of(({ versions }, { at: { id } }) => {
      const version = versions.find((each) => each.id === id)
      return version ? ok(toVersion(version)) : refuse(404, 10092, 'version not found')
    }),
  ],
  ['GET', new RegExp(`${SCRIPT}/deployments$`), of(({ deployments }) => ok({ deployments }))],
  [
    'POST',
    new RegExp(`${SCRIPT}/deployments$`),
    ({ account }, { at: { name = '' }, json }) => {
      const script = account.scripts.all.get(name)
      if (!script) return NOT_FOUND
      const [first] = json()['versions'] as { version_id: string }[]
      account.scripts.activate(script, first?.version_id ?? '')
      return ok(script.deployments[0])
    },
  ],
  [
    'GET',
    new RegExp(`${SCRIPT}/secrets$`),
    of((script) => ok(secretsOf(script).map((name) => ({ name, type: 'secret_text' })))),
  ],
  // "wrangler secret bulk": some are set, all others kept, in a version that is live at once.
  [
    'PATCH',
    new RegExp(`${SCRIPT}/secrets-bulk$`),
    ({ account }, { at: { name = '' }, json }) => {
      const script = account.scripts.all.get(name)
      const active = script && activeVersion(script)
      if (!active) return NOT_FOUND
      const secrets = json()['secrets'] as Record<string, Binding | null>
      const kept = active.bindings.filter((each) => !(each.name in secrets))
      const set = Object.values(secrets).filter((each) => each !== null)
      const number = script.versions.length + 1
      const version = { ...active, id: randomUUID(), number, bindings: [...kept, ...set] }
      script.versions.push(version)
      account.scripts.activate(script, version.id)
      return ok(set.map((each) => ({ name: each.name, type: 'secret_text' })))
    },
  ],
  ['PATCH', new RegExp(`${SCRIPT}/script-settings$`), of(() => ok({}))],
  ['GET', new RegExp(`${SCRIPT}/settings$`), of((script) => ok(toSettings(script)))],
  ['GET', new RegExp(`${SCRIPT}/schedules$`), of(({ schedules }) => ok({ schedules }))],
  [
    'PUT',
    new RegExp(`${SCRIPT}/schedules$`),
    of((script, { json }) => {
      script.schedules = json() as unknown as Script['schedules']
      return ok({ schedules: script.schedules })
    }),
  ],
  [
    'GET',
    new RegExp(`${SCRIPT}/subdomain$`),
    of(({ isOnWorkersDev }) => ok({ enabled: isOnWorkersDev, previews_enabled: false })),
  ],
  [
    'POST',
    new RegExp(`${SCRIPT}/subdomain$`),
    of((script, { json }) => {
      script.isOnWorkersDev = json()['enabled'] === true
      return ok({ enabled: script.isOnWorkersDev, previews_enabled: false })
    }),
  ],
  [
    'GET',
    /^\/workers\/workers\/(?<name>[^/]+)$/,
    of(({ name, isOnWorkersDev }) =>
      ok({ name, subdomain: { enabled: isOnWorkersDev, previews_enabled: false } }),
    ),
  ],
  [
    'GET',
    /^\/workers\/services\/(?<name>[^/]+)$/,
    of(({ name, migrationTag }) => {
      const script = { id: name, tag: name, tags: [], last_deployed_from: 'wrangler' }
      return ok({
        id: name,
        default_environment: {
          environment: 'production',
          script: { ...script, ...(migrationTag === null ? {} : { migration_tag: migrationTag }) },
        },
      })
    }),
  ],
  [
    'GET',
    /^\/workers\/subdomain$/,
    ({ account: { subdomain } }) =>
      subdomain === null ? refuse(404, 10007, 'no subdomain') : ok({ subdomain }),
  ],
  ['GET', /^\/workers\/domains$/, () => ok([])],
]

const toSettings = (script: Script) => ({ bindings: activeVersion(script)?.bindings ?? [] })
