/** What "wrangler secret bulk" calls: some secrets set, all others kept, in a version that is live at once. */
import { randomUUID } from 'node:crypto'
import { ok, refuse } from '../../standins/cloudflare/reply.ts'
import type { Route } from '../../standins/cloudflare/routes.ts'
import { activeVersion, type Binding } from '../../standins/cloudflare/scripts.ts'

export const SECRETS_BULK_ROUTE: Route = [
  'PATCH',
  /^\/workers\/scripts\/(?<name>[^/]+)\/secrets-bulk$/,
  ({ account }, { at: { name = '' }, json }) => {
    const script = account.scripts.all.get(name)
    const active = script && activeVersion(script)
    if (!active) return refuse(404, 10007, 'This Worker does not exist on your account.')
    const secrets = json()['secrets'] as Record<string, Binding | null>
    const kept = active.bindings.filter((each) => !(each.name in secrets))
    const set = Object.values(secrets).filter((each) => each !== null)
    const number = script.versions.length + 1
    const version = { ...active, id: randomUUID(), number, bindings: [...kept, ...set] }
    script.versions.push(version)
    account.scripts.activate(script, version.id)
    return ok(set.map(({ name: each }) => ({ name: each, type: 'secret_text' })))
  },
]
