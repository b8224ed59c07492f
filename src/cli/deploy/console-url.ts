/** Where the console is, for people. */
import { z } from 'zod'
import { fileOf, type Project } from './project.ts'

export interface ConsoleAddress {
  /** Null: its wrangler file gives it none. */
  url: string | null
  /** Nothing says who may use it: it answers nobody. */
  isClosed: boolean
}

const Subdomain = z.object({ subdomain: z.string() })

/** A domain of its own before the one at workers.dev. */
export async function findConsoleUrl(project: Project): Promise<string | null> {
  const { account } = project
  const { settings } = fileOf(project, 'console')
  const routes = [...(settings.route ? [settings.route] : []), ...settings.routes]
  const [domain] = routes.filter((route) => route.custom_domain)
  if (domain) return `https://${domain.pattern}`
  if (!(settings.workers_dev ?? routes.length === 0)) return null
  const found = await account.api.find(`/accounts/${account.id}/workers/subdomain`, Subdomain)
  return found && `https://${settings.name}.${found.subdomain}.workers.dev`
}

export function describeConsole({ url, isClosed }: ConsoleAddress): string {
  const place =
    url === null
      ? 'The console has no address: see wrangler.console.toml.'
      : `The console is at ${url}`
  if (!isClosed) return place
  return (
    `${place}\n  It is closed: nothing says who may use it. Put CONSOLE_PASSWORDS=<a long password> into ` +
    '.dev.vars\n  (or set up Cloudflare Access: docs/console.md), then run switchboard deploy again.'
  )
}
