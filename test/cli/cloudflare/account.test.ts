import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openAccount } from '../../../src/cli/cloudflare/account.ts'
import { startCloudflare, type Cloudflare } from '../../standins/cloudflare/cloudflare.ts'

let cloudflare: Cloudflare
beforeEach(async () => {
  cloudflare = await startCloudflare()
})
afterEach(() => cloudflare.stop())

const open = (id: string | undefined, accountId?: string) => {
  const { CLOUDFLARE_ACCOUNT_ID: _, ...login } = cloudflare.env
  const env = id === undefined ? login : { ...login, CLOUDFLARE_ACCOUNT_ID: id }
  return openAccount({ env: env as unknown as NodeJS.ProcessEnv, folder: '.', accountId })
}

describe('openAccount', () => {
  it('takes the only account that the login sees', async () => {
    expect((await open(undefined)).id).toBe(cloudflare.account.id)
  })

  it('prefers the environment, then the wrangler file, and asks for neither', async () => {
    expect((await open('environment', 'file')).id).toBe('environment')
    expect((await open(undefined, 'file')).id).toBe('file')
    expect(cloudflare.calls).toEqual([])
  })

  it('names them when there are several', async () => {
    cloudflare.account.others.push({ id: 'another', name: 'Another account' })
    await expect(open(undefined)).rejects.toMatchObject({
      code: 'several_accounts',
      exitCode: 2,
      message: expect.stringContaining('another  Another account'),
    })
  })

  it('hands wrangler the account, and no token', async () => {
    expect((await open('a')).env).toEqual({ CLOUDFLARE_ACCOUNT_ID: 'a' })
  })

  it('knows who that is, and does without where it may not ask', async () => {
    const account = await open(undefined)
    expect(await account.who()).toBe('someone@example.com')
    cloudflare.failOn('GET', /^\/user/, 403, 10)
    expect(await account.who()).toBe('unknown')
  })
})
