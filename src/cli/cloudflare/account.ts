/** Who we are at Cloudflare, and which account we work on. Asked of the environment and of wrangler. */
import { z } from 'zod'
import { CommandError, UsageError } from '../terminal/errors.ts'
import { createApi, type CloudflareApi } from './api.ts'
import { LOG_IN } from './api-error.ts'
import { DEFAULT_API_URL } from './send.ts'
import { runWrangler } from './wrangler.ts'

export interface CloudflareAccount {
  api: CloudflareApi
  id: string
  /** For the child process that wrangler is: the same login, the same account. */
  env: Record<string, string>
  /** For "published by": an e-mail address, the name of a token, or at worst the id of one. */
  who(): Promise<string>
}

export interface AccountOptions {
  env: NodeJS.ProcessEnv
  /** The folder of the wrangler files. */
  folder: string
  /** `account_id` of a wrangler file. */
  accountId?: string | undefined
}

export async function openAccount({
  env,
  folder,
  accountId,
}: AccountOptions): Promise<CloudflareAccount> {
  const baseUrl = env['CLOUDFLARE_API_BASE_URL'] || DEFAULT_API_URL
  const token = env['CLOUDFLARE_API_TOKEN'] || (await readWranglerLogin(folder))
  const api = createApi({ token, baseUrl })
  const id = env['CLOUDFLARE_ACCOUNT_ID'] || accountId || (await findOnlyAccount(api))
  return {
    api,
    id,
    env: { CLOUDFLARE_ACCOUNT_ID: id },
    who: () => findWho(api, id),
  }
}

const Login = z.object({ type: z.enum(['oauth', 'api_token']), token: z.string().min(1) })

/** The login of `wrangler login`; wrangler renews it when it has expired. */
async function readWranglerLogin(cwd: string): Promise<string> {
  const { code, out } = await runWrangler({ args: ['auth', 'token', '--json'], cwd })
  const start = out.indexOf('{')
  const login = code === 0 && start !== -1 ? Login.safeParse(parseJson(out.slice(start))) : null
  if (login?.success) return login.data.token
  throw new UsageError('Not logged in to Cloudflare.', { code: 'not_logged_in', next: LOG_IN })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const Account = z.object({ id: z.string(), name: z.string() })

async function findOnlyAccount(api: CloudflareApi): Promise<string> {
  const [first, ...more] = await api.list('/accounts', Account)
  if (first === undefined) {
    throw new UsageError('The Cloudflare login sees no account.', {
      code: 'no_account',
      next: 'Set CLOUDFLARE_ACCOUNT_ID, or give the token "Account › Account Settings › Read".',
    })
  }
  if (more.length === 0) return first.id
  const list = [first, ...more].map(({ id, name }) => `  ${id}  ${name}`)
  throw new UsageError(['The Cloudflare login sees several accounts:', ...list].join('\n'), {
    code: 'several_accounts',
    next: 'Set CLOUDFLARE_ACCOUNT_ID, or write account_id into wrangler.toml.',
  })
}

const User = z.object({ email: z.string().min(1) })
const Token = z.object({ id: z.string(), name: z.string().optional() })

/** Where the login may not ask about itself, what it may say is taken. */
async function findWho(api: CloudflareApi, accountId: string): Promise<string> {
  const user = await orNull(() => api.find('/user', User))
  if (user) return user.email
  for (const owner of ['/user', `/accounts/${accountId}`]) {
    const token = await orNull(() => api.find(`${owner}/tokens/verify`, Token))
    if (!token) continue
    const named = await orNull(() => api.find(`${owner}/tokens/${token.id}`, Token))
    return named?.name ?? `token ${token.id.slice(0, 8)}`
  }
  return 'unknown'
}

async function orNull<T>(ask: () => Promise<T | null>): Promise<T | null> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof CommandError) return null
    throw error
  }
}
