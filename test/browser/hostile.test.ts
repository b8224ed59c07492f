/** What strangers may send, and a console in which nothing has come yet: nothing runs, and all of it is usable. */
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { openBrowser, openPage, PHONE, type OpenPage } from './browser.ts'
import { findViolations, readOverflow, weigh } from './looks.ts'
import { startProduct, startTarget, type Product, type Target } from './product.ts'

const ACCOUNT = `AC${'0'.repeat(31)}1`
const FROM = '+15005550006'
const TO = '+15005550010'
const PAGE_BYTES = 150 * 1_024

const SCRIPT = `"'><script>window.pwned=1;alert(1)</script><img src=x onerror="window.pwned=1">`
const HTMX = `<div hx-get="/events" hx-trigger="load" hx-on:click="window.pwned=1">htmx</div>`
const TURNED = 'user\u202Etxt.exe\u2066\u200B'

const BODIES: Record<string, string> = {
  script: SCRIPT,
  htmx: `${HTMX}{{From}}\${window.pwned=1}`,
  emoji: '👩‍👩‍👧‍👦'.repeat(230),
  turned: TURNED,
  zero: 'before\0after\u0007\u001B[31m\uFFFE',
  large: `${SCRIPT}${'lorem ipsum '.repeat(5_500)}`.slice(0, 65_536),
  wide: 'w'.repeat(1_600),
}

let crm: Target
let product: Product
let browser: Browser
const opened: OpenPage[] = []

beforeAll(async () => {
  ;[crm, browser] = await Promise.all([startTarget(), openBrowser()])
  product = await startProduct({
    config: `{
      endpoints: {
        sms: { path: '/sms', reply: { twiml: '<Response><Message>You said {{Body}}</Message></Response>' } },
      },
      targets: { crm: { url: '${crm.url}', events: ['*'], retry: [] } },
    }`,
  })
})

afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()))
})

afterAll(async () => {
  await browser?.close()
  await Promise.all([product?.stop(), crm?.close()])
})

async function open(options: BrowserContextOptions = {}): Promise<OpenPage> {
  const context = { reducedMotion: 'reduce' as const, ...options }
  const one = await openPage(browser, product.consoleUrl, context)
  opened.push(one)
  return one
}

// The first: nothing has come yet.
describe('an empty console', () => {
  it.each([
    ['/', 'No webhook came in this time.'],
    ['/events', 'No event has come yet'],
    ['/events?outcome=dead', 'No event matches this filter'],
    ['/dead', 'Nothing is dead'],
    ['/targets', 'crm'],
    ['/targets/crm', 'No attempt has failed.'],
    ['/config', 'was pushed by switchboard dev'],
    ['/access', 'No tokens yet.'],
  ])('says so on %s', async (path, words) => {
    const { page, takeProblems } = await open()
    await page.goto(path)
    await page.getByText(words).first().waitFor()
    expect(await findViolations(page)).toEqual([])
    await page.setViewportSize(PHONE)
    expect(await readOverflow(page)).toEqual([])
    expect(takeProblems()).toEqual([])
  })

  it.each([
    ['/nowhere', 404],
    [`/events/evt_${'0'.repeat(32)}`, 404],
    ['/targets/nobody', 404],
    ['/events?before=noon', 400],
    ['/events?cursor=%00', 400],
    ['/config/versions/%3Cscript%3E', 404],
  ])('says what is wrong with %s', async (path, status) => {
    const { page } = await open()
    const answer = await page.goto(path)
    expect(answer?.status()).toBe(status)
    expect(await page.getByRole('navigation', { name: 'Main' }).isVisible()).toBe(true)
    expect(await findViolations(page)).toEqual([])
    await page.setViewportSize(PHONE)
    expect(await readOverflow(page)).toEqual([])
  })
})

describe('what strangers send', () => {
  const ids = new Map<string, string>()

  beforeAll(async () => {
    crm.status = 422
    crm.answer = `${SCRIPT}${TURNED}\0`
    const sids = new Map<string, string>()
    for (const [name, body] of Object.entries(BODIES)) {
      const sid = `SM${String(sids.size).padStart(32, '0')}`
      sids.set(name, sid)
      const params = { MessageSid: sid, AccountSid: ACCOUNT, From: FROM, To: TO, Body: body }
      const media = { NumMedia: '1', MediaUrl0: 'javascript:alert(1)' }
      await product.send('/sms', { ...params, ...media, ProfileName: SCRIPT, [SCRIPT]: 'a name' })
    }
    for (const [name, sid] of sids) {
      await vi.waitUntil(() => readDead(sid, name), { timeout: 15_000, interval: 100 })
    }
  })

  async function readDead(sid: string, name: string): Promise<boolean> {
    const answer = await fetch(`${product.consoleUrl}/api/v1/events?sid=${sid}`)
    const [item] = ((await answer.json()) as { items: { id: string; outcome: string }[] }).items
    if (item) ids.set(name, item.id)
    return item?.outcome === 'dead'
  }

  it.each(Object.keys(BODIES))('is shown and nothing more: %s', async (name) => {
    const { page, takeProblems } = await open()
    const id = ids.get(name) ?? 'none'
    const { sent } = await weigh(page, `/events/${id}`)
    expect(sent).toBeLessThan(PAGE_BYTES)
    const sentTable = page.locator('#sent table')
    expect(await sentTable.innerText()).toContain('<script>window.pwned=1')
    for (const summary of await page.locator('main details:not(.confirm) > summary').all()) {
      await summary.click()
    }
    await page.locator('#deliveries').getByText('<script>window.pwned=1').waitFor()
    expect(await page.evaluate('window.pwned')).toBeUndefined()
    expect(await page.locator('main').locator('img, script, iframe, [onerror]').count()).toBe(0)
    expect(await page.locator('main a[href^="javascript:"]').count()).toBe(0)
    // What turns the text around, or cannot be seen, is shown by its number.
    expect(await page.locator('main').innerText()).not.toMatch(/[\u202E\u2066\u200B\0]/)
    expect(await findViolations(page)).toEqual([])
    await page.setViewportSize(PHONE)
    expect(await readOverflow(page)).toEqual([])
    expect(takeProblems()).toEqual([])
  })

  it('is in no way of the other pages', async () => {
    const { page, takeProblems } = await open()
    await page.goto('/targets/crm')
    await page.getByText('Pause…').click()
    await page.getByLabel('Why').fill(SCRIPT)
    await page.getByRole('button', { name: 'Pause it' }).click()
    await page.locator('#target-state').getByText('<script>window.pwned=1').waitFor()
    const search = encodeURIComponent(SCRIPT)
    const paths = ['/', '/events', `/events?text=${search}`, `/events?who=${search}`, '/dead']
    paths.push('/dead/plan', '/targets', '/targets/crm', '/access', `/dead?reason=${search}`)
    for (const path of paths) {
      const { sent } = await weigh(page, path)
      expect([path, sent < PAGE_BYTES]).toEqual([path, true])
      expect(await page.evaluate('window.pwned')).toBeUndefined()
      expect(await readOverflow(page)).toEqual([])
      expect(await page.locator('main').locator('img, script').count()).toBe(0)
    }
    await page.goto('/events?kind=messaging.*&text=window.pwned')
    expect(await page.locator('#event-rows tr').count()).toBe(Object.keys(BODIES).length)
    expect(takeProblems().filter((problem) => !/status of 400/.test(problem))).toEqual([])
  })
})
