/** `switchboard numbers` as a process, with the real SDK, against a stand-in of Twilio's API. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { spawn } from 'node:child_process'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createCompany, OLD, type Company } from '../standins/twilio/company.ts'
import { startTwilio, type StandIn } from '../standins/twilio/server.ts'
import { toPhoneNumber, toSid, type Row, type TwilioState } from '../standins/twilio/state.ts'
import { KEYS, openSession } from './pseudo-terminal.ts'
import { createWorkspace, MAIN, run, type Workspace } from './switchboard.ts'

const ORIGIN = 'https://hooks.example.com'
const BIN = 'https://handler.twilio.com/twiml/EH0'
const CONFIG = `{
  publicUrl: '${ORIGIN}',
  endpoints: { sms: { path: '/sms' }, voice: { path: '/voice' }, status: { path: '/status' } },
  targets: {},
}`
const VOICE = `${ORIGIN}/voice#rc=2&rp=5xx,ct,rt&rt=5000`

/** What the numbers of a company without a suspended account come to. */
const SMALL = 80

let company: Company
let twilio: StandIn
let workspace: Workspace
let config: string
let before: TwilioState

async function open(size: number, maxPage: number): Promise<void> {
  company = createCompany(size)
  before = structuredClone(company.state)
  twilio = await startTwilio({ state: company.state, maxPage })
  workspace = createWorkspace()
  config = workspace.config(CONFIG)
}

async function close(): Promise<void> {
  await twilio.stop()
  workspace.remove()
}

const toEnv = (more: Record<string, string> = {}) => ({
  TWILIO_API_BASE_URL: twilio.url,
  TWILIO_ACCOUNT_SID: company.parent.sid,
  TWILIO_AUTH_TOKEN: company.parent.auth_token,
  ...more,
})

async function numbers(args: string[], env: Record<string, string> = {}) {
  const verb = args[0] === 'restore' ? args : [...args, '--config', config]
  const { code, out, err } = await run(['numbers', ...verb, '--json'], {
    cwd: workspace.path,
    env: toEnv(env),
  })
  for (const secret of SECRETS()) expect(out + err).not.toContain(secret)
  return { code, err, data: JSON.parse(out) }
}

const SECRETS = () => [company.parent.auth_token, 'hunter2', 's3cret']

const backupFile = () => join(workspace.path, 'twilio-numbers.backup.json')
const readBackup = () => JSON.parse(readFileSync(backupFile(), 'utf8'))

/** Everything that Twilio has is as it was in the beginning. */
function expectRestored(): void {
  expect(company.state).toEqual(before)
  expect(existsSync(backupFile())).toBe(false)
}

const findNumber = (number: number): Row => {
  const rows = company.state.accounts.flatMap((each) => each.resources.incoming_phone_numbers)
  const row = rows.find(({ sid }) => sid === toSid('PN', number))
  if (!row) throw new Error('no such number')
  return row
}

describe('with 1,200 numbers', () => {
  beforeAll(() => open(1200, 100))
  afterAll(close)
  beforeEach(() => twilio.reset())

  it('scans all of them over many pages, asked to slow down on the way', async () => {
    twilio.onRequest = ({ number }) => (number === 3 || number === 30 ? 'slow_down' : null)
    const { code, data } = await numbers(['scan', '--check'])
    expect(code).toBe(1)
    const found: { kind: string; account: string }[] = data.resources
    expect(found.filter(({ kind }) => kind === 'number')).toHaveLength(1200)
    expect(new Set(found.map(({ account }) => account)).size).toBe(4)
    expect(data.findings).toMatchObject({ trunk: 4, inbound_disabled: 8, bad_overrides: 116 })
    expect(data.notes).toMatchObject([{ account: toSid('AC', 5), code: 'skipped' }])
    expect(twilio.seen.filter(({ status }) => status === 429).length).toBeGreaterThan(1)
    expect(twilio.changes).toHaveLength(0)
  })

  it('adopts all of them, then has nothing to do, and restores exactly', async () => {
    twilio.onRequest = ({ number }) => (number % 400 === 0 ? 'slow_down' : null)
    const first = await numbers(['adopt', '--yes', '--fallback', BIN])
    expect(first).toMatchObject({ code: 0 })
    expect(first.data.changed).toBeGreaterThan(1190)
    expect(findNumber(0)).toMatchObject({ voice_url: VOICE, voice_fallback_url: BIN })
    expect(statSync(backupFile()).mode & 0o777).toBe(0o600)

    twilio.reset()
    const second = await numbers(['adopt', '--yes', '--fallback', BIN])
    expect(second).toMatchObject({ code: 0, data: { changed: 0 } })
    expect(twilio.changes).toHaveLength(0)

    // What is left by design: apps without numbers and SIP domains.
    const { data } = await numbers(['scan'])
    const left = data.resources.filter((each: { routes: { findings: string[] }[] }) =>
      each.routes.some(({ findings }) => findings.includes('bypass')),
    )
    expect(new Set(left.map(({ kind }: { kind: string }) => kind))).toEqual(
      new Set(['application', 'sip-domain']),
    )

    expect(await numbers(['restore', '--yes'])).toMatchObject({ code: 0 })
    expectRestored()
    expect(await numbers(['restore', '--yes'])).toMatchObject({ code: 0, data: { restored: 0 } })
  })
})

describe('adopt and restore', () => {
  beforeEach(() => open(SMALL, 1000))
  afterEach(close)

  it('changes only what is chosen, and what a dry run shows', async () => {
    const only = ['--only', toPhoneNumber(60), '--only', toSid('SD', 100)]
    const dry = await numbers(['adopt', ...only, '--dry-run'])
    expect(twilio.changes).toHaveLength(0)
    expect(existsSync(backupFile())).toBe(false)
    const wet = await numbers(['adopt', ...only, '--yes'])
    expect(wet.data.changes).toEqual(dry.data.changes)
    const sids = twilio.changes.map(({ url }) => url.split('/').at(-1))
    expect(sids.toSorted()).toEqual([`${toSid('PN', 60)}.json`, `${toSid('SD', 100)}.json`])
    expect(findNumber(60)['voice_url']).toBe(VOICE)
    expect(await numbers(['restore', '--yes', '--only', toPhoneNumber(60)])).toMatchObject({
      code: 0,
    })
    expect(Object.keys(readBackup().entries)).toEqual([toSid('SD', 100)])
    expect(await numbers(['restore', '--yes'])).toMatchObject({ code: 0 })
    expectRestored()
  })

  it('asks nobody in a script, and changes nothing', async () => {
    const refused = await numbers(['adopt'])
    expect(refused).toMatchObject({ code: 2, data: { error: { code: 'not_interactive' } } })
    expect(twilio.changes).toHaveLength(0)
    expect(existsSync(backupFile())).toBe(false)
  })

  it('finishes after a failure half-way', async () => {
    twilio.onChange = ({ number }) => (number >= 20 ? 'fail' : null)
    const broken = await numbers(['adopt', '--yes'])
    expect(broken).toMatchObject({ code: 1, data: { error: { code: 'adopt_incomplete' } } })
    const done = twilio.changes.length
    expect(done).toBe(19)

    twilio.reset()
    const again = await numbers(['adopt', '--yes'])
    expect(again.code).toBe(0)
    expect(again.data.changed).toBe(twilio.changes.length)
    expect(again.data.already).toBeGreaterThanOrEqual(done)

    // A restore that fails half-way is finished in the same way.
    twilio.reset()
    twilio.onChange = ({ number }) => (number >= 20 ? 'fail' : null)
    const half = await numbers(['restore', '--yes'])
    expect(half).toMatchObject({ code: 1, data: { error: { code: 'restore_incomplete' } } })
    twilio.reset()
    expect(await numbers(['restore', '--yes'])).toMatchObject({ code: 0 })
    expectRestored()
  })

  it('restores exactly after an adoption that failed half-way', async () => {
    twilio.onChange = ({ number }) => (number >= 20 ? 'fail' : null)
    expect(await numbers(['adopt', '--yes', '--fallback', BIN])).toMatchObject({ code: 1 })
    twilio.reset()
    expect(await numbers(['restore', '--yes'])).toMatchObject({ code: 0 })
    expect(twilio.changes).toHaveLength(19)
    expectRestored()
  })

  it('goes on past what Twilio refuses for one number', async () => {
    const refused = toSid('PN', 60)
    twilio.onChange = ({ url }) => (url.includes(refused) ? 'refuse' : null)
    const broken = await numbers(['adopt', '--yes'])
    expect(broken).toMatchObject({ code: 1, data: { error: { code: 'adopt_incomplete' } } })
    expect(broken.data.error.message).toContain('21402')
    expect(JSON.stringify(broken.data)).not.toContain('+1200')
    expect(twilio.changes.length).toBeGreaterThan(60)
    twilio.reset()
    expect(await numbers(['adopt', '--yes'])).toMatchObject({ code: 0, data: { changed: 1 } })
  })

  it('loses nothing when it is killed', async () => {
    const stopped = Promise.withResolvers<void>()
    twilio.onChange = ({ number }) => {
      if (number === 20) child.kill('SIGKILL')
      return number >= 20 ? 'lose_request' : null
    }
    const args = [MAIN, 'numbers', 'adopt', '--yes', '--config', config]
    const { PATH = '' } = process.env
    const child = spawn(process.execPath, args, {
      cwd: workspace.path,
      env: { PATH, ...toEnv() } as unknown as NodeJS.ProcessEnv,
      stdio: 'ignore',
    })
    child.once('close', () => stopped.resolve())
    await stopped.promise
    expect(twilio.changes).toHaveLength(19)
    twilio.reset()
    expect(await numbers(['adopt', '--yes'])).toMatchObject({ code: 0 })
    expect(await numbers(['restore', '--yes'])).toMatchObject({ code: 0 })
    expectRestored()
  })

  it('does not repeat a change whose answer was lost', async () => {
    twilio.onChange = ({ number }) => (number % 10 === 0 ? 'lose_answer' : null)
    const adopted = await numbers(['adopt', '--yes'])
    expect(adopted).toMatchObject({ code: 0 })
    expect(twilio.changes).toHaveLength(adopted.data.changed)
    twilio.reset()
    // Each only once: after three times in a row the command gives up.
    const lost = new Set<string>()
    twilio.onChange = ({ number, url }) => {
      if (number % 10 !== 0 || lost.has(url)) return null
      lost.add(url)
      return 'lose_request'
    }
    expect(await numbers(['restore', '--yes'])).toMatchObject({ code: 0 })
    expectRestored()
  })

  it('leaves what somebody changed since, and what is gone, and restores the rest', async () => {
    expect(await numbers(['adopt', '--yes'])).toMatchObject({ code: 0 })
    findNumber(64)['voice_url'] = 'https://theirs.example.com/'
    const [first] = company.state.accounts
    if (!first) throw new Error('no account')
    const list = first.resources.incoming_phone_numbers
    const gone = list.find(({ sid }) => sid === toSid('PN', 68))
    first.resources.incoming_phone_numbers = list.filter((each) => each !== gone)

    const left = await numbers(['restore', '--yes'])
    expect(left).toMatchObject({
      code: 1,
      data: {
        conflicts: [{ sid: toSid('PN', 64), fields: ['voiceUrl'] }],
        gone: [{ sid: toSid('PN', 68) }],
      },
    })
    expect(findNumber(64)).toMatchObject({
      voice_url: 'https://theirs.example.com/',
      sms_url: `${OLD}/sms`,
    })
    expect(await numbers(['restore', '--yes', '--force'])).toMatchObject({ code: 0 })
    if (gone) first.resources.incoming_phone_numbers = list
    // The one that was gone comes back as it was adopted: nothing was known of it any more.
    Object.assign(
      findNumber(68),
      before.accounts[0]?.resources.incoming_phone_numbers.find(
        ({ sid }) => sid === toSid('PN', 68),
      ),
    )
    expectRestored()
  })

  it('keeps the first original over several adoptions', async () => {
    const only = ['--only', toPhoneNumber(60), '--yes']
    await numbers(['adopt', ...only])
    await numbers(['adopt', ...only, '--overrides', 'none', '--voice', '/sms'])
    expect(findNumber(60)['voice_url']).toBe(`${ORIGIN}/sms`)
    expect(await numbers(['restore', '--yes'])).toMatchObject({ code: 0 })
    expectRestored()
  })

  it('lets nobody else in while it runs', async () => {
    const only = ['--only', toPhoneNumber(60), '--yes']
    const isUnderWay = Promise.withResolvers<void>()
    twilio.retryAfter = 3
    twilio.onChange = ({ number }) => {
      isUnderWay.resolve()
      return number === 1 ? 'slow_down' : null
    }
    const first = numbers(['adopt', ...only])
    await isUnderWay.promise
    const second = await numbers(['restore', '--yes'])
    expect(second).toMatchObject({ code: 2, data: { error: { code: 'numbers_busy' } } })
    expect(await first).toMatchObject({ code: 0, data: { changed: 1 } })
    expect(twilio.changes).toHaveLength(1)
  })

  it('asks a person, and starts over when something changed before the answer', async () => {
    config = workspace.config(CONFIG.replace('endpoints: {', "endpoints: { text: { path: '/b' },"))
    const args = ['numbers', 'adopt', '--only', toPhoneNumber(64), '--config', config]
    const hasty = openSession(args, workspace.path, toEnv())
    await hasty.waitFor('Several endpoints')
    hasty.type(KEYS.enter)
    await hasty.waitFor(`${ORIGIN}/b`)
    await hasty.waitFor('Change 1 at Twilio?')
    findNumber(64)['sms_url'] = 'https://theirs.example.com/'
    hasty.type('y')
    expect(await hasty.exit).toBe(1)

    const doubtful = openSession([...args, '--sms', '/b'], workspace.path, toEnv())
    await doubtful.waitFor('Change 1 at Twilio?')
    doubtful.type(KEYS.ctrlC)
    expect(await doubtful.exit).toBe(130)
    expect(twilio.changes).toHaveLength(0)
    expect(existsSync(backupFile())).toBe(false)

    const sure = openSession([...args, '--sms', '/b'], workspace.path, toEnv())
    await sure.waitFor('Change 1 at Twilio?')
    sure.type('y')
    expect(await sure.exit).toBe(0)
    expect(findNumber(64)['sms_url']).toContain(`${ORIGIN}/b#`)
    expect(sure.shown()).not.toContain(company.parent.auth_token)
  })

  it('refuses a backup that it cannot read, and changes nothing', async () => {
    writeFileSync(backupFile(), '{"format": 2}')
    for (const verb of ['adopt', 'restore']) {
      const refused = await numbers([verb, '--yes'])
      expect(refused).toMatchObject({ code: 2, data: { error: { code: 'backup_invalid' } } })
    }
    expect(twilio.changes).toHaveLength(0)
  })
})

describe('credentials and config', () => {
  beforeAll(() => open(SMALL, 1000))
  afterAll(close)
  beforeEach(() => twilio.reset())

  it('says which services could not be read, and leaves their messages alone', async () => {
    company.state.tellsAuthTokens = false
    const [child, other, third] = company.children
    if (!child || !other || !third) throw new Error('no sub-accounts')
    const ring = JSON.stringify({
      [company.parent.sid]: company.parent.auth_token,
      [other.sid]: { old: 'f'.repeat(32), now: other.auth_token },
      [third.sid]: third.auth_token,
    })
    const { code, data } = await numbers(['scan'], { TWILIO_AUTH_TOKENS: ring })
    expect(code).toBe(0)
    expect(data.notes).toContainEqual(
      expect.objectContaining({ account: child.sid, code: 'could_not_be_read' }),
    )
    expect(data.findings['services_unread']).toBe(SMALL / 4 + 2)
    const plan = await numbers(['adopt', '--dry-run'], { TWILIO_AUTH_TOKENS: ring })
    const fields = plan.data.changes
      .filter(({ account }: { account: string }) => account === child.sid)
      .flatMap((change: { fields: { field: string }[] }) => change.fields)
    expect(fields.some(({ field }: { field: string }) => field === 'voiceUrl')).toBe(true)
    expect(fields.some(({ field }: { field: string }) => field.startsWith('sms'))).toBe(false)
    company.state.tellsAuthTokens = true
  })

  it('refuses a wrong token, and a config without publicUrl', async () => {
    const login = await numbers(['scan'], { TWILIO_AUTH_TOKEN: '0'.repeat(32) })
    expect(login).toMatchObject({ code: 2, data: { error: { code: 'twilio_login' } } })
    const none = await numbers(['scan'], { TWILIO_ACCOUNT_SID: '' })
    expect(none).toMatchObject({ code: 2, data: { error: { code: 'credentials_missing' } } })
    twilio.reset()
    const saved = config
    config = workspace.config(`{ endpoints: { sms: { path: '/sms' } }, targets: {} }`)
    const noUrl = await numbers(['scan'])
    expect(noUrl).toMatchObject({ code: 2, data: { error: { code: 'public_url_missing' } } })
    expect(twilio.seen).toHaveLength(0)
    config = saved
    workspace.config(CONFIG)
  })

  it('prints a table for people, without a login in it', async () => {
    const { code, out, err } = await run(['numbers', 'scan', '--config', config], {
      cwd: workspace.path,
      env: toEnv(),
    })
    expect(code).toBe(0)
    expect(out).toContain('https://***@old.example.com/private?token=***')
    expect(out.split('\n').length).toBeLessThan(45)
    for (const secret of SECRETS()) expect(out + err).not.toContain(secret)
  })
})
