import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser, openPage, PHONE, type OpenPage } from './browser.ts'
import { findViolations, readOverflow } from './looks.ts'
import {
  OPERATOR_PASSWORD,
  startProduct,
  startTarget,
  VIEWER_PASSWORD,
  type Product,
  type Target,
} from './product.ts'

const ACCOUNT = `AC${'0'.repeat(31)}1`
const SID = `SM${'0'.repeat(31)}1`
const FROM = '+15005550017'
const TO = '+15005550018'
const BODY = 'meet me at the old mill'
const NAME = 'Marguerite Duval'

let crm: Target
let product: Product
let browser: Browser
const opened: OpenPage[] = []

beforeAll(async () => {
  ;[crm, browser] = await Promise.all([startTarget(), openBrowser()])
  // Dies at once, and says what it got: nothing of that may be shown to a viewer either.
  Object.assign(crm, { status: 422, answer: `no: ${FROM} says ${BODY}` })
  product = await startProduct({
    login: true,
    config: `{
      endpoints: {
        sms: { path: '/sms', reply: { twiml: '<Response><Message>{{From}}: {{Body}}</Message></Response>' } },
      },
      targets: { crm: { url: '${crm.url}', events: ['messaging.*'], retry: [] } },
    }`,
  })
  const params = { MessageSid: SID, AccountSid: ACCOUNT, From: FROM, To: TO, NumMedia: '0' }
  await product.send('/sms', { ...params, Body: BODY, ProfileName: NAME })
})

afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()))
})

afterAll(async () => {
  await browser?.close()
  await Promise.all([product?.stop(), crm?.close()])
})

async function open(path: string, options: BrowserContextOptions = {}): Promise<OpenPage> {
  const one = await openPage(browser, product.consoleUrl, options)
  opened.push(one)
  await one.page.goto(path)
  return one
}

async function logIn(page: Page, name: string, password: string): Promise<void> {
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Password').fill(password)
  await page.keyboard.press('Enter')
}

async function openAs(name: 'anna' | 'guest', path: string): Promise<OpenPage> {
  const one = await open(`/login?next=${encodeURIComponent(path)}`)
  await logIn(one.page, name, name === 'anna' ? OPERATOR_PASSWORD : VIEWER_PASSWORD)
  await one.page.waitForURL(`**${path}`)
  return one
}

/** A change by hand, as a script of the page itself would ask for it. */
function post(page: Page, path: string, fields: Record<string, string>): Promise<number> {
  return page.evaluate<number>(`(async () => {
    const csrf = document.querySelector('input[name="csrf"]').value
    const body = new URLSearchParams({ csrf, ...${JSON.stringify(fields)} })
    const answer = await fetch('${path}', { method: 'POST', body, redirect: 'manual' })
    return answer.status
  })()`)
}

/** Chromium's console repeats each refusal, which these tests ask for. */
const withoutRefusals = (problems: string[]): string[] =>
  problems.filter((problem) => !/status of 4\d\d/.test(problem))

describe('the login', () => {
  it('is where every page leads, refuses a wrong password, and goes on to what was asked for', async () => {
    const { page, takeProblems } = await open('/events?outcome=dead')
    await page.waitForURL((url) => url.pathname === '/login')
    expect(await page.getByRole('navigation').count()).toBe(0)
    expect(await findViolations(page)).toEqual([])
    await logIn(page, 'anna', 'not-this-one')
    await page.getByText('Name and password do not go together.').waitFor()
    expect(await findViolations(page)).toEqual([])
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.setViewportSize(PHONE)
    expect(await findViolations(page)).toEqual([])
    expect(await readOverflow(page)).toEqual([])
    expect(await page.getByLabel('Name').inputValue()).toBe('anna')
    expect(await page.getByLabel('Password').inputValue()).toBe('')
    await page.goto('/events')
    await page.waitForURL((url) => url.pathname === '/login')

    await page.goto('/events?outcome=dead')
    await logIn(page, 'anna', OPERATOR_PASSWORD)
    await page.waitForURL('**/events?outcome=dead')
    expect(await page.locator('.who').innerText()).toMatch(/anna\s+operator/)
    const cookies = await page.context().cookies()
    const session = cookies.find(({ name }) => name === 'switchboard-session')
    expect(session).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/' })
    expect(await page.evaluate('document.cookie')).not.toContain('switchboard-session')
    expect(withoutRefusals(takeProblems())).toEqual([])
  })

  it('ends with the logout, on the pages that are open too', async () => {
    const { page } = await openAs('anna', '/events')
    const other = await page.context().newPage()
    await other.goto('/events')
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.waitForURL((url) => url.pathname === '/login')
    const cookies = await page.context().cookies()
    expect(cookies.map(({ name }) => name)).not.toContain('switchboard-session')
    // Its next look at the ledger is refused, and it says so by going to the login.
    await other.waitForURL((url) => url.pathname === '/login')
    await page.goto('/config')
    await page.waitForURL((url) => url.pathname === '/login')
  })

  it.each(['https://evil.example/', '//evil.example/', '/\\evil.example/'])(
    'leads nobody to %s',
    async (next) => {
      const { page } = await open(`/login?next=${encodeURIComponent(next)}`)
      await logIn(page, 'anna', OPERATOR_PASSWORD)
      await page.waitForURL((url) => url.pathname !== '/login')
      expect(new URL(page.url()).origin).toBe(product.consoleUrl)
    },
  )
})

describe('a viewer', () => {
  it('sees neither numbers nor bodies, and nothing to change', async () => {
    const { page, takeProblems } = await openAs('guest', `/events?who=${SID}`)
    await page.locator('#event-rows').getByText('dead', { exact: true }).waitFor()
    await page.locator('#event-rows').getByRole('link').click()
    await page.waitForURL(/\/events\/evt_/)
    expect(await page.locator('#deliveries').innerText()).toContain('HTTP 422')
    const event = new URL(page.url()).pathname
    const paths = ['/', '/events', event, `${event}/deliveries`]
    paths.push(
      ...['request', 'event', 'reply', 'curl', 'trigger'].map((p) => `${event}/parts/${p}`),
    )
    paths.push('/targets', '/targets/crm', '/dead', '/dead/plan?target=crm', '/config', '/access')
    for (const path of paths) {
      const answer = await page.goto(path)
      expect([path, answer?.status()]).toEqual([path, 200])
      const content = await page.content()
      for (const secret of ['5005550017', '5550017', '5550018', BODY, 'old mill', NAME]) {
        expect([path, content.includes(secret)]).toEqual([path, false])
      }
      const actions = await page.locator('main form[method="post"]').count()
      expect([path, actions]).toEqual([path, 0])
    }
    expect(withoutRefusals(takeProblems())).toEqual([])
  })

  it('changes nothing by hand either', async () => {
    const { page } = await openAs('guest', `/events?who=${SID}`)
    const link = page.locator('#event-rows').getByRole('link')
    const event = (await link.getAttribute('href')) ?? ''
    const replay = `rpl_${'a'.repeat(32)}`
    const before = crm.received.length
    expect(await post(page, `${event}/replays`, { replay, target: 'crm' })).toBe(403)
    expect(await post(page, '/targets/crm/pause', { reason: 'because' })).toBe(403)
    expect(await post(page, '/dead/replays', { replay, target: 'crm' })).toBe(403)
    expect(await post(page, '/config/rollback', { to: 'any', expected: '' })).toBe(403)
    expect(await post(page, '/access/tokens', { name: 'mine', role: 'operator' })).toBe(403)
    expect(crm.received).toHaveLength(before)
    await page.goto(event)
    expect(await page.locator('section.replay').count()).toBe(0)
  })
})

describe('another site', () => {
  it('cannot make a browser change anything, nor log somebody in', async () => {
    const { page } = await openAs('anna', `/events?who=${SID}`)
    const event = await page.locator('#event-rows').getByRole('link').getAttribute('href')
    await page.goto('/access')
    const changes = await page.locator('#changes').innerText()
    const before = crm.received.length
    const replay = `rpl_${'b'.repeat(32)}`
    const csrf = await page.locator('input[name="csrf"]').first().inputValue()
    const site = await startSite()
    try {
      // Even with a token that it should not have.
      for (const token of ['', csrf]) {
        const forms: [path: string, fields: Record<string, string>][] = [
          [`${event}/replays`, { replay, target: 'crm' }],
          ['/targets/crm/pause', { reason: 'because' }],
          ['/logout', {}],
          ['/login', { name: 'guest', password: VIEWER_PASSWORD, next: '/' }],
        ]
        for (const [path, fields] of forms) {
          const answer = await submitFrom(page, site.url, product.consoleUrl + path, {
            ...fields,
            csrf: token,
          })
          expect([path, answer]).toEqual([path, 403])
        }
      }
    } finally {
      await site.close()
    }
    await page.goto('/access')
    expect(await page.locator('.who').innerText()).toMatch(/anna\s+operator/)
    expect(await page.locator('#changes').innerText()).toBe(changes)
    expect(crm.received).toHaveLength(before)
  })
})

/** Somebody else's page, on another port of the same host: the same site, as cookies see it. */
async function startSite() {
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'text/html')
    response.end('<!doctype html><title>A prize</title><p>Wait for it.</p>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}

async function submitFrom(
  page: Page,
  from: string,
  action: string,
  fields: Record<string, string>,
): Promise<number> {
  await page.goto(from)
  const answer = page.waitForResponse((response) => response.url() === action)
  await page.evaluate(`(() => {
    const form = document.createElement('form')
    Object.assign(form, { method: 'post', action: ${JSON.stringify(action)} })
    for (const [name, value] of Object.entries(${JSON.stringify(fields)})) {
      const field = Object.assign(document.createElement('input'), { name, value })
      form.append(field)
    }
    document.body.append(form)
    form.submit()
  })()`)
  await page.waitForURL(action)
  return (await answer).status()
}

// The last: after it nobody of this address may try again.
describe('too many attempts', () => {
  it('are refused, the right password with them', async () => {
    const { page } = await open('/login')
    const statuses: number[] = []
    // The count begins again with each quarter of an hour: then it takes ten more.
    while (statuses.at(-1) !== 429 && statuses.length < 25) {
      statuses.push(await tryToLogIn(page, `guess-${statuses.length}`))
    }
    expect(statuses.at(-1)).toBe(429)
    expect(new Set(statuses.slice(0, -1))).toEqual(new Set([401]))
    expect(await tryToLogIn(page, OPERATOR_PASSWORD)).toBe(429)
    expect(await page.locator('main').innerText()).toMatch(/Too many attempts\.[\s\S]*in \d+ min/)
    await page.goto('/events')
    await page.waitForURL((url) => url.pathname === '/login')
  })
})

async function tryToLogIn(page: Page, password: string): Promise<number> {
  const answer = page.waitForResponse((response) => response.request().method() === 'POST')
  const shown = page.waitForEvent('load')
  await logIn(page, 'anna', password)
  await shown
  return (await answer).status()
}
