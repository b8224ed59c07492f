/** The real SDK against the stand-in of Twilio, the real files; only the Workers are somebody else's. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openMemory } from '../../../src/cli/rotate/memory.ts'
import { QUIET_MS } from '../../../src/cli/rotate/record.ts'
import { openRingFile } from '../../../src/cli/rotate/ring-file.ts'
import type { Rotation } from '../../../src/cli/rotate/rotation.ts'
import { lookOnly, runRotation } from '../../../src/cli/rotate/run.ts'
import { createTokens } from '../../../src/cli/rotate/tokens.ts'
import { UsageError, WorkError } from '../../../src/cli/terminal/errors.ts'
import { createTerminal } from '../../../src/cli/terminal/terminal.ts'
import { connectTwilio } from '../../../src/cli/twilio/client.ts'
import { AUTH_TOKEN_ROUTES } from '../../standins/twilio/auth-token-routes.ts'
import { startTwilio, type StandIn } from '../../standins/twilio/server.ts'
import { createAccount, type AccountState } from '../../standins/twilio/state.ts'

let parent: AccountState
let child: AccountState
let standIn: StandIn
let folder: string
let uploads: string[]
let uploadFails: boolean
/** The number of the upload that fails. */
let failingUpload: number | null
let uses: { name: string | null; count: number; lastSeenAt: number }[]
let now: number

beforeEach(async () => {
  parent = createAccount(1, { name: 'Parent' })
  child = createAccount(2, { name: 'Child', owner: parent.sid })
  const state = { accounts: [parent, child], tellsAuthTokens: true }
  standIn = await startTwilio({ state, routes: AUTH_TOKEN_ROUTES })
  folder = mkdtempSync(join(tmpdir(), 'rotate-'))
  uploads = []
  uploadFails = false
  failingUpload = null
  uses = []
  now = 1_800_000_000_000
  const ring = {
    [parent.sid]: { primary: parent.auth_token },
    [child.sid]: { primary: child.auth_token },
  }
  write(
    `# mine\nTWILIO_AUTH_TOKENS='${JSON.stringify(ring)}'\nTWILIO_AUTH_TOKEN=${parent.auth_token}\n`,
  )
})

afterEach(async () => {
  await standIn.stop()
  rmSync(folder, { recursive: true })
})

const path = () => join(folder, '.dev.vars')
const write = (text: string) => writeFileSync(path(), text)
const vars = () => parseEnv(readFileSync(path(), 'utf8'))
const ringOf = (account: AccountState): Record<string, string> =>
  JSON.parse(vars()['TWILIO_AUTH_TOKENS'] ?? '')[account.sid]

async function open(options: Partial<Rotation> = {}, account = parent): Promise<Rotation> {
  const secrets: Record<string, string> = {
    TWILIO_API_BASE_URL: standIn.url,
    TWILIO_ACCOUNT_SID: account.sid,
    TWILIO_AUTH_TOKEN: account.auth_token,
  }
  return {
    account: account.sid,
    file: openRingFile({} as NodeJS.ProcessEnv, folder),
    tokens: createTokens(await connectTwilio((name) => secrets[name]), account.sid),
    memory: openMemory(join(folder, 'memory'), account.sid),
    workers: async () => ({
      holders: async () => [],
      ledger: { query: async (_sql, _params, row) => uses.map((use) => row.parse(use)) },
      async upload(ring) {
        if (uploadFails || uploads.length + 1 === failingUpload)
          throw new WorkError('the upload fails', { code: 'wrangler_failed' })
        uploads.push(ring)
      },
    }),
    terminal: createTerminal({ json: true }),
    isSure: true,
    isAborting: false,
    isForced: false,
    settleMs: 0,
    waitMs: 0,
    envLogin: undefined,
    now: () => now,
    sleep: async (ms) => void (now += ms),
    ...options,
  }
}

const run = async (options: Partial<Rotation> = {}, account = parent) =>
  runRotation(await open(options, account))

describe('runRotation', () => {
  it('goes to the promotion, waits, and finishes', async () => {
    const before = parent.auth_token
    const first = await run()
    expect(first.did).toEqual(['create', 'upload', 'promote', 'switch', 'watch'])
    expect(first).toMatchObject({ end: 'waiting', quietAt: now + QUIET_MS })
    expect(ringOf(parent)).toEqual({ next: parent.auth_token, primary: before })
    expect(vars()['TWILIO_AUTH_TOKEN']).toBe(parent.auth_token)

    uses = [{ name: 'primary', count: 1, lastSeenAt: now + 60_000 }]
    now += QUIET_MS
    expect(await run()).toMatchObject({ did: ['watch'], end: 'waiting', uses })

    now += 60_000
    expect(await run()).toMatchObject({ did: ['watch', 'finish'], end: 'finished' })
    expect(ringOf(parent)).toEqual({ primary: parent.auth_token })
    expect(ringOf(child)).toEqual({ primary: child.auth_token })
    expect(uploads.at(-1)).toBe(vars()['TWILIO_AUTH_TOKENS'])
    expect(statSync(path()).mode & 0o777).toBe(0o600)
    expect(readFileSync(path(), 'utf8').startsWith('# mine\n')).toBe(true)
  })

  it('waits in one go when it may', async () => {
    const { did, end } = await run({ waitMs: QUIET_MS })
    expect([did.at(-1), end]).toEqual(['finish', 'finished'])
  })

  it('gives the upload time to be everywhere before the new key signs', async () => {
    const uploadedAt = now
    await run({ settleMs: 30_000 })
    expect(now).toBe(uploadedAt + 30_000)
  })

  it('finishes at once with --force', async () => {
    expect((await run({ isForced: true })).did.at(-1)).toBe('finish')
  })

  it("rotates a sub-account with the sub-account's own token", async () => {
    const before = parent.auth_token
    await run({}, child)
    expect(Object.keys(ringOf(child))).toEqual(['next', 'primary'])
    expect(ringOf(child)['next']).toBe(child.auth_token)
    expect(parent.auth_token).toBe(before)
  })

  it.each(['fail', 'lose_answer', 'lose_request'] as const)(
    'goes on after the creation was met by "%s"',
    async (fault) => {
      standIn.onChange = ({ number }) => (number === 1 ? fault : null)
      expect((await run()).did).toContain('promote')
      expect(ringOf(parent)['next']).toBe(parent.auth_token)
    },
  )

  it('ends when the creation is refused for another reason', async () => {
    standIn.onChange = ({ number }) => (number === 1 ? 'refuse' : null)
    await expect(run()).rejects.toMatchObject({ code: 'twilio_21402' })
    expect(Object.keys(ringOf(parent))).toEqual(['primary'])
    expect(uploads).toEqual([])
  })

  it('replaces a secondary token that nobody knows, and only when told to', async () => {
    parent.secondary_auth_token = 'f'.repeat(32)
    await expect(run({ isSure: false })).rejects.toBeInstanceOf(UsageError)
    expect(parent.secondary_auth_token).toBe('f'.repeat(32))
    await run()
    expect(ringOf(parent)['next']).toBe(parent.auth_token)
    expect(parent.auth_token).not.toBe('f'.repeat(32))
  })

  it.each(['fail', 'lose_answer', 'lose_request'] as const)(
    'promotes once though the promotion was met by "%s"',
    async (fault) => {
      let isFirst = true
      standIn.onChange = ({ url }) => {
        const isHit = isFirst && url.endsWith('/Promote')
        if (isHit) isFirst = false
        return isHit ? fault : null
      }
      expect((await run()).end).toBe('waiting')
      const made = standIn.changes.filter(({ url }) => url.endsWith('/Promote'))
      expect(made).toHaveLength(1)
      expect(ringOf(parent)['next']).toBe(parent.auth_token)
    },
  )

  it('stays safe when the promotion is refused, and goes on later', async () => {
    const before = parent.auth_token
    standIn.onChange = ({ url }) => (url.endsWith('/Promote') ? 'refuse' : null)
    await expect(run()).rejects.toMatchObject({ code: 'twilio_21402', exitCode: 1 })
    const both = { primary: before, next: parent.secondary_auth_token }
    expect(ringOf(parent)).toEqual(both)
    expect(JSON.parse(uploads.at(-1) ?? '')[parent.sid]).toEqual(both)
    standIn.reset()
    expect((await run()).did).toEqual(['promote', 'switch', 'watch'])
  })

  it('does not promote what the Workers do not have', async () => {
    uploadFails = true
    await expect(run()).rejects.toMatchObject({ code: 'wrangler_failed' })
    const next = ringOf(parent)['next']
    expect(next).toBe(parent.secondary_auth_token)
    uploadFails = false
    expect((await run()).did).toEqual(['upload', 'promote', 'switch', 'watch'])
    expect(parent.auth_token).toBe(next)
  })

  it('keeps the old key in the ring when its removal does not reach the Workers', async () => {
    await run()
    now += QUIET_MS
    uploadFails = true
    await expect(run()).rejects.toMatchObject({ code: 'wrangler_failed' })
    expect(Object.keys(ringOf(parent))).toEqual(['next', 'primary'])
    uploadFails = false
    expect((await run()).did).toEqual(['watch', 'finish'])
  })

  it('counts from the promotion, not from when it looks', async () => {
    const promotedAt = now
    failingUpload = 2
    await expect(run()).rejects.toMatchObject({ code: 'wrangler_failed' })
    expect(parent.auth_token).toBe(ringOf(parent)['next'])
    failingUpload = null
    now += 60_000
    expect(await run()).toMatchObject({
      did: ['switch', 'watch'],
      quietAt: promotedAt + QUIET_MS,
    })
  })

  it('knows a promotion that somebody else made', async () => {
    standIn.onChange = ({ url }) => (url.endsWith('/Promote') ? 'refuse' : null)
    await expect(run()).rejects.toMatchObject({ code: 'twilio_21402' })
    parent.auth_token = parent.secondary_auth_token ?? ''
    parent.secondary_auth_token = null
    expect((await run()).did).toEqual(['switch', 'watch'])
  })

  it('aborts before the promotion, also when it died half-way, and not after it', async () => {
    const before = ringOf(parent)
    standIn.onChange = ({ url }) => (url.endsWith('/Promote') ? 'refuse' : null)
    await expect(run()).rejects.toMatchObject({ code: 'twilio_21402' })
    standIn.reset()
    uploadFails = true
    await expect(run({ isAborting: true })).rejects.toMatchObject({ code: 'wrangler_failed' })
    expect(parent.secondary_auth_token).toBeNull()
    uploadFails = false
    await expect(run()).rejects.toMatchObject({ code: 'next_lost' })
    expect((await run({ isAborting: true })).end).toBe('aborted')
    expect(ringOf(parent)).toEqual(before)
    expect(uploads.at(-1)).toBe(vars()['TWILIO_AUTH_TOKENS'])
    await expect(run({ isAborting: true })).rejects.toMatchObject({ code: 'nothing_to_abort' })
    await run()
    await expect(run({ isAborting: true })).rejects.toMatchObject({ code: 'too_late_to_abort' })
  })

  it('never deletes a token that is in the ring', async () => {
    uploadFails = true
    await expect(run()).rejects.toMatchObject({ code: 'wrangler_failed' })
    await expect(run()).rejects.toMatchObject({ code: 'wrangler_failed' })
    expect(standIn.seen.filter(({ method }) => method === 'DELETE')).toEqual([])
  })

  it('stops when no key of the ring is good', async () => {
    parent.auth_token = 'e'.repeat(32)
    await expect(run()).rejects.toMatchObject({ code: 'locked_out' })
    expect(uploads).toEqual([])
  })

  it('creates nothing that a Worker secret has no room for', async () => {
    const more = Object.fromEntries(
      Array.from({ length: 60 }, (_, i) => [
        createAccount(i + 10, { name: '' }).sid,
        'x'.repeat(45),
      ]),
    )
    const ring = { ...more, [parent.sid]: { primary: parent.auth_token } }
    write(`TWILIO_AUTH_TOKENS='${JSON.stringify(ring)}'\n`)
    await expect(run()).rejects.toMatchObject({ code: 'ring_full' })
    expect(standIn.changes).toEqual([])
  })
})

describe('lookOnly', () => {
  it('changes nothing', async () => {
    const before = readFileSync(path(), 'utf8')
    const found = await lookOnly(await open({ isSure: false }))
    expect(found).toMatchObject({ standing: 'single', next: 'create', did: [] })
    expect(standIn.changes).toEqual([])
    expect([readFileSync(path(), 'utf8'), existsSync(join(folder, 'memory'))]).toEqual([
      before,
      false,
    ])
  })
})

describe('openRingFile', () => {
  it('refuses a ring that it cannot change', () => {
    const env = { TWILIO_AUTH_TOKENS: 'x' } as unknown as NodeJS.ProcessEnv
    const none = {} as NodeJS.ProcessEnv
    expect(() => openRingFile(env, folder)).toThrow(
      expect.objectContaining({ code: 'ring_in_environment', exitCode: 2 }),
    )
    write('A=1\n')
    expect(() => openRingFile(none, folder)).toThrow(
      expect.objectContaining({ code: 'ring_not_here', exitCode: 2 }),
    )
  })
})
