/** The real SDK against the stand-in. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readAccounts, withOwnLogin } from '../../../src/cli/twilio/accounts.ts'
import { callTwilio, LoginError, TwilioError } from '../../../src/cli/twilio/api-error.ts'
import { connectTwilio } from '../../../src/cli/twilio/client.ts'
import { applyOnce } from '../../../src/cli/twilio/once.ts'
import { LARGE_PAGE, readAllPages, SMALL_PAGE } from '../../../src/cli/twilio/pages.ts'
import { startTwilio, type StandIn } from '../../standins/twilio/server.ts'
import {
  createAccount,
  createNumber,
  createService,
  toSid,
  type AccountState,
} from '../../standins/twilio/state.ts'

const KEY = { sid: toSid('SK', 1), secret: 'api-secret' }

let parent: AccountState
let child: AccountState
let standIn: StandIn

beforeEach(async () => {
  parent = createAccount(1, { name: 'Parent' })
  child = createAccount(2, { name: 'Child', owner: parent.sid })
  const asleep = createAccount(3, { name: 'Asleep', owner: parent.sid, status: 'suspended' })
  for (let number = 0; number < 120; number++) createNumber(parent, number, {})
  for (let number = 0; number < 7; number++) createService(child, number, {})
  const accounts = [child, parent, asleep]
  standIn = await startTwilio({ state: { accounts, tellsAuthTokens: true }, maxPage: 50 })
})

afterEach(() => standIn.stop())

function connect(more: Record<string, string> = {}) {
  const values: Record<string, string> = {
    TWILIO_API_BASE_URL: standIn.url,
    TWILIO_ACCOUNT_SID: parent.sid,
    TWILIO_AUTH_TOKEN: parent.auth_token,
    ...more,
  }
  return connectTwilio((name) => (values[name] === '' ? undefined : values[name]))
}

const withKey = (type: 'main' | 'standard') => {
  parent.api_keys.push({ ...KEY, type })
  return connect({ TWILIO_API_KEY: KEY.sid, TWILIO_API_SECRET: KEY.secret })
}

describe('connectTwilio', () => {
  it('reads every page, of both kinds', async () => {
    const { sdk, as } = await connect()
    const pages: number[] = []
    const numbers = await readAllPages(
      sdk.api.v2010.accounts(parent.sid).incomingPhoneNumbers.page(LARGE_PAGE),
      (count) => pages.push(count),
    )
    expect(new Set(numbers.map(({ sid }) => sid)).size).toBe(120)
    expect(pages).toEqual([50, 50, 20])
    const { sid, auth_token: password } = child
    const own = as(sid, { username: sid, password })
    const services = await readAllPages(own.messaging.v1.services.page({ pageSize: 3 }))
    expect(services).toHaveLength(7)
  })

  it('waits when it is asked to slow down, says so, and goes on', async () => {
    const { sdk, tell } = await connect()
    const waits: string[] = []
    tell((text) => waits.push(text))
    standIn.onRequest = ({ number }) => (number === 2 ? 'slow_down' : null)
    const startedAt = performance.now()
    const numbers = await readAllPages(
      sdk.api.v2010.accounts(parent.sid).incomingPhoneNumbers.page(LARGE_PAGE),
    )
    expect(numbers).toHaveLength(120)
    expect(performance.now() - startedAt).toBeGreaterThan(950)
    expect(waits).toHaveLength(1)
  })

  it('has at most four calls under way', async () => {
    const held: ServerResponse[] = []
    const full = Promise.withResolvers<void>()
    const server = createServer((request, response) => {
      if (request.url === '/ping') return void response.end()
      if (held.push(response) === 4) full.resolve()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const { sdk } = await connect({ TWILIO_API_BASE_URL: url })
    const numbers = sdk.api.v2010.accounts(parent.sid).incomingPhoneNumbers
    const calls = Array.from({ length: 8 }, () => numbers.page({ pageSize: 1 }))
    await full.promise
    // A fifth call would have come before the answers to these.
    for (let pings = 0; pings < 5; pings++) await fetch(`${url}/ping`)
    expect(held).toHaveLength(4)
    const answer = (response: ServerResponse) => response.end('{"incoming_phone_numbers":[]}')
    held.splice(0).forEach(answer)
    server.on('request', (_request, response) => answer(response))
    await Promise.all(calls)
    server.closeAllConnections()
    server.close()
  })

  it('repeats a failing GET and never a POST', async () => {
    const { sdk } = await connect()
    const one = sdk.api.v2010.accounts(parent.sid).incomingPhoneNumbers(toSid('PN', 1))
    standIn.onRequest = ({ number }) => (number === 1 ? 'fail' : null)
    await expect(one.fetch()).resolves.toMatchObject({ sid: toSid('PN', 1) })
    standIn.reset()
    standIn.onRequest = () => 'fail'
    await expect(
      callTwilio('change it', () => one.update({ voiceUrl: 'https://a.example.com/' })),
    ).rejects.toMatchObject({ status: 500, code: 'twilio_20500', exitCode: 1 })
    expect(standIn.seen).toHaveLength(1)
  })

  it('tells a wrong login from a refusal, without Twilio quoting what was sent', async () => {
    const { sdk } = await connect({ TWILIO_AUTH_TOKEN: '0'.repeat(32) })
    const one = sdk.api.v2010.accounts(parent.sid).incomingPhoneNumbers(toSid('PN', 1))
    const login = await callTwilio('read it', () => one.fetch()).catch((error: unknown) => error)
    expect(login).toBeInstanceOf(LoginError)
    expect(login).toMatchObject({ code: 'twilio_login', exitCode: 2 })

    const good = (await connect()).sdk.api.v2010.accounts(parent.sid)
    standIn.onChange = () => 'refuse'
    const refusal = await callTwilio('change it', () =>
      good.incomingPhoneNumbers(toSid('PN', 1)).update({ voiceUrl: 'https://a.example.com/' }),
    ).catch((error: unknown) => error)
    expect(refusal).toMatchObject({ status: 400, code: 'twilio_21402' })
    expect(String(refusal)).not.toContain('+1200')
    expect((refusal as TwilioError).next).toContain('https://www.twilio.com/docs/errors/21402')
    const gone = callTwilio('read it', () => good.incomingPhoneNumbers(toSid('PN', 999)).fetch())
    await expect(gone).rejects.toMatchObject({ isGone: true })
  })

  it('says when nobody answers', async () => {
    const { sdk } = await connect({ TWILIO_API_BASE_URL: 'http://127.0.0.1:1' })
    const change = sdk.api.v2010
      .accounts(parent.sid)
      .incomingPhoneNumbers(toSid('PN', 1))
      .update({ voiceUrl: '' })
    await expect(callTwilio('change it', () => change)).rejects.toMatchObject({
      code: 'twilio_unreachable',
      status: null,
    })
  })

  it('refuses to send a login in the clear', async () => {
    const refused = connect({ TWILIO_API_BASE_URL: 'http://api.example.com' })
    await expect(refused).rejects.toMatchObject({ code: 'twilio_base_url_invalid' })
  })
})

describe('applyOnce', () => {
  async function change(url: string) {
    const { sdk } = await connect()
    const one = sdk.api.v2010.accounts(parent.sid).incomingPhoneNumbers(toSid('PN', 1))
    return applyOnce({
      apply: () => callTwilio('change it', () => one.update({ voiceUrl: url })),
      readBack: async () => {
        const now = await callTwilio('read it', () => one.fetch())
        return now.voiceUrl === url ? now : null
      },
    })
  }

  it('does not repeat a change that was made', async () => {
    standIn.onChange = () => 'lose_answer'
    await expect(change('https://a.example.com/')).resolves.toMatchObject({ sid: toSid('PN', 1) })
    expect(standIn.changes).toHaveLength(1)
  })

  it('repeats one that was not', async () => {
    standIn.onChange = ({ number }) => (number === 1 ? 'lose_request' : null)
    await expect(change('https://a.example.com/')).resolves.toMatchObject({ sid: toSid('PN', 1) })
    expect(standIn.changes).toHaveLength(1)
  })

  it('gives up after three', async () => {
    standIn.onChange = () => 'fail'
    await expect(change('https://a.example.com/')).rejects.toBeInstanceOf(TwilioError)
    expect(standIn.seen.filter(({ method }) => method === 'POST')).toHaveLength(3)
    expect(standIn.changes).toHaveLength(0)
  })
})

describe('readAccounts', () => {
  it('lists active ones, the one that is logged in first, and says which are skipped', async () => {
    const { accounts, skipped, isPartial } = await readAccounts(await connect())
    expect(accounts.map(({ sid, isMain }) => [sid, isMain])).toEqual([
      [parent.sid, true],
      [child.sid, false],
    ])
    expect(skipped).toMatchObject([{ sid: toSid('AC', 3), status: 'suspended' }])
    expect(isPartial).toBe(false)
  })

  it('lists only itself for a sub-account', async () => {
    const connection = await connect({
      TWILIO_ACCOUNT_SID: child.sid,
      TWILIO_AUTH_TOKEN: child.auth_token,
    })
    const { accounts } = await readAccounts(connection)
    expect(accounts).toMatchObject([{ sid: child.sid, isMain: true }])
  })

  it('knows only its own account with a standard key, and says so', async () => {
    const { accounts, isPartial } = await readAccounts(await withKey('standard'))
    expect(accounts.map(({ sid }) => sid)).toEqual([parent.sid])
    expect(isPartial).toBe(true)
  })

  it('refuses a wrong key', async () => {
    const connection = await connect({ TWILIO_API_KEY: KEY.sid, TWILIO_API_SECRET: 'wrong' })
    await expect(readAccounts(connection)).rejects.toBeInstanceOf(LoginError)
  })
})

describe('withOwnLogin', () => {
  async function countServices(ring: Record<string, string> = {}) {
    const connection = await connect(ring)
    const { accounts } = await readAccounts(connection)
    const account = accounts.find(({ sid }) => sid === child.sid)
    if (!account) throw new Error('no such account')
    return withOwnLogin(connection, account, (sdk) =>
      callTwilio('read it', () => readAllPages(sdk.messaging.v1.services.page(SMALL_PAGE))),
    )
  }

  it('logs in with the token that Twilio tells the parent', async () => {
    await expect(countServices()).resolves.toHaveLength(7)
  })

  it('else with a key of the ring, whichever is good', async () => {
    standIn.state.tellsAuthTokens = false
    const keys = { old: 'f'.repeat(32), now: child.auth_token }
    const ring = JSON.stringify({ [child.sid]: keys })
    await expect(countServices({ TWILIO_AUTH_TOKENS: ring })).resolves.toHaveLength(7)
  })

  it('gives null when there is none', async () => {
    standIn.state.tellsAuthTokens = false
    await expect(countServices()).resolves.toBeNull()
  })
})
