import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser, openPage, type OpenPage } from './browser.ts'
import { readFocus } from './looks.ts'
import { seedCutOff, seedHistory } from './past.ts'
import { startProduct, startTarget, type Product, type Target } from './product.ts'

const ACCOUNT = `AC${'0'.repeat(31)}1`
const FROM = '+15005550006'
const TO = '+15005550010'
const SOME = 30
const CUT_OFF = { id: `rpl_${'c'.repeat(32)}`, total: 250, sent: 100 }
const LEFT = CUT_OFF.total - CUT_OFF.sent

let crm: Target
let billing: Target
let product: Product
let browser: Browser
const opened: OpenPage[] = []

/** Of the older configs. Its name leads nowhere, for good (RFC 6761). */
const PUBLIC_URL = 'https://hooks.example'

const toReply = (words: string) => ({ twiml: `<Response><Message>${words}</Message></Response>` })

beforeAll(async () => {
  ;[crm, billing, browser] = await Promise.all([startTarget(), startTarget(), openBrowser()])
  const toConfig = (words: string) => ({
    endpoints: { sms: { path: '/sms', reply: toReply(words) }, status: { path: '/status' } },
    targets: {
      crm: { url: crm.url, events: ['messaging.status', 'switchboard.test'] },
      billing: { url: billing.url, events: ['messaging.inbound'], retry: [] },
    },
  })
  product = await startProduct({
    config: JSON.stringify(toConfig('Third')),
    async prepare(statePath) {
      await seedCutOff(statePath, CUT_OFF)
      const by = { how: 'push' as const, by: 'anna' }
      await seedHistory(statePath, [
        {
          config: { publicUrl: PUBLIC_URL, ...toConfig('First') },
          request: { ...by, at: Date.UTC(2026, 10, 1, 9), message: 'opening' },
        },
        {
          config: { publicUrl: PUBLIC_URL, ...toConfig('Second') },
          request: { ...by, at: Date.UTC(2026, 10, 2, 9), message: 'kinder' },
        },
      ])
    },
  })
})

afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()))
})

afterAll(async () => {
  await browser?.close()
  await Promise.all([product?.stop(), crm?.close(), billing?.close()])
})

async function open(path: string, options: BrowserContextOptions = {}): Promise<OpenPage> {
  const one = await openPage(browser, product.consoleUrl, options)
  opened.push(one)
  await one.page.goto(path)
  return one
}

let count = 0

async function sendText(): Promise<string> {
  count += 1
  const sid = `SM${String(count).padStart(32, 'a')}`
  const params = { MessageSid: sid, AccountSid: ACCOUNT, From: FROM, To: TO, Body: `text ${count}` }
  const response = await product.send('/sms', { ...params, NumMedia: '0' })
  expect(response.status).toBe(200)
  return sid
}

const toSid = ({ body }: Target['received'][number]): string =>
  (JSON.parse(body) as { subject: string }).subject

async function readEvent(sid: string): Promise<{ outcome?: string }> {
  const answer = await fetch(`${product.consoleUrl}/api/v1/events?sid=${sid}`)
  return ((await answer.json()) as { items: { outcome: string }[] }).items[0] ?? {}
}

async function countDead(target: string): Promise<number> {
  const answer = await fetch(`${product.consoleUrl}/api/v1/dead?target=${target}`)
  return ((await answer.json()) as { events: number }).events
}

/** Of the page of a job: `12 of 30 events sent`. */
async function readSent(page: Page): Promise<{ sent: number; total: number }> {
  const text = await page.locator('label[for="job-sent"]').innerText()
  const [sent = -1, total = -1] = (text.match(/\d+/g) ?? []).map(Number)
  return { sent, total }
}

describe('what is dead', () => {
  it('is grouped, planned, and sent again once each, with its progress', async () => {
    billing.status = 422
    const sids = await Promise.all(Array.from({ length: SOME }, sendText))
    await expect.poll(() => countDead('billing'), { timeout: 20_000 }).toBe(SOME)
    const { page, takeProblems } = await open('/dead')
    const group = (name: string) => page.locator('tr', { hasText: name }).first().innerText()
    expect(await group('billing')).toMatch(new RegExp(`status_422[\\s\\S]*\\b${SOME}\\b`))
    expect(await group('crm')).toMatch(new RegExp(`status_422[\\s\\S]*\\b${LEFT}\\b`))
    const before = billing.received.length
    expect(before).toBe(SOME)
    billing.status = 200

    await page.getByRole('link', { name: /^Replay these….*billing/ }).press('Enter')
    await page.waitForURL(/\/dead\/plan\?/)
    expect(await page.locator('#plan').innerText()).toContain(`${SOME} events`)
    expect(billing.received).toHaveLength(before)
    await page.getByRole('button', { name: `Replay ${SOME} events` }).dblclick()
    await page.waitForURL(/\/dead\/replays\/rpl_/)
    await page.getByText('The replay has begun.').waitFor()
    await page.locator('#job').getByText('done', { exact: true }).waitFor()
    expect(await readSent(page)).toEqual({ sent: SOME, total: SOME })
    await page.locator('#outcome', { hasText: new RegExp(`Deliveries made\\s*${SOME}`) }).waitFor()

    const replay = new URL(page.url()).pathname.split('/').at(-1)
    const again = billing.received.slice(before)
    expect(again.map(toSid).toSorted()).toEqual(sids.toSorted())
    expect(new Set(again.map(({ headers }) => headers['switchboard-replay']))).toEqual(
      new Set([replay]),
    )
    await page.goto('/dead?target=billing')
    await page.getByText('Nothing dead matches this filter').waitFor()
    expect(takeProblems()).toEqual([])
  })

  it('stays dead from where a replay was cancelled on', async () => {
    const { id, total, sent } = CUT_OFF
    const { page, takeProblems } = await open(`/dead/replays/${id}`)
    const job = page.locator('#job')
    await job.getByText('running', { exact: true }).waitFor()
    expect(await readSent(page)).toEqual({ sent, total })
    await page.getByText('Cancel…').press('Enter')
    await page.getByRole('button', { name: 'Cancel the replay' }).press('Enter')
    await page.getByText('Cancelled. What was sent already stays sent').waitFor()
    await job.getByText('cancelled', { exact: true }).waitFor()
    expect(await page.getByText('Cancel…').count()).toBe(0)
    expect(await readSent(page)).toEqual({ sent, total })
    expect(crm.received).toEqual([])

    // What it left is what there is for another one, and nothing of it goes out twice.
    await page.goto('/dead/plan?target=crm')
    await page.getByRole('button', { name: `Replay ${LEFT} events` }).press('Enter')
    await page.waitForURL(/\/dead\/replays\/rpl_/)
    await page.locator('#outcome', { hasText: new RegExp(`Deliveries made\\s*${LEFT}`) }).waitFor()
    const ids = crm.received.map(({ headers }) => headers['webhook-id'])
    expect([ids.length, new Set(ids).size]).toEqual([LEFT, LEFT])
    const replays = crm.received.map(({ headers }) => headers['switchboard-replay'])
    expect(new Set(replays)).toEqual(new Set([new URL(page.url()).pathname.split('/').at(-1)]))
    await page.goto('/dead')
    const jobs = await page.locator('#jobs').innerText()
    expect(jobs).toMatch(new RegExp(`cancelled\\s+${sent} of ${total}`))
    expect(takeProblems()).toEqual([])
  })
})

describe('a target', () => {
  it('is paused with a reason, gets nothing meanwhile, and is resumed', async () => {
    billing.status = 200
    const { page, takeProblems } = await open('/targets')
    await page.getByRole('link', { name: 'billing' }).press('Enter')
    await page.waitForURL('**/targets/billing')
    await page.getByText('Pause…').press('Enter')
    const reason = page.getByLabel('Why')
    await reason.focus()
    expect((await readFocus(page)).isSeen).toBe(true)
    await page.keyboard.press('Enter')
    // Without a reason the browser does not send it.
    expect(await page.evaluate('document.activeElement.validity.valueMissing')).toBe(true)
    await reason.fill('they move house')
    await page.keyboard.press('Enter')
    await page.getByText('Paused. The target gets nothing from now on').waitFor()
    expect(await page.locator('#target-state').innerText()).toContain('they move house')

    const before = billing.received.length
    const sid = await sendText()
    await expect
      .poll(() => readEvent(sid), { timeout: 10_000 })
      .toMatchObject({ outcome: 'waiting' })
    await page.goto(`/events?who=${sid}`)
    await page.locator('#event-rows').getByRole('link').click()
    await page
      .locator('#deliveries')
      .getByText(/paused/i)
      .first()
      .waitFor()
    expect(billing.received).toHaveLength(before)
    await page.goto('/targets')
    expect(await page.locator('tr', { hasText: 'billing' }).innerText()).toMatch(/paused/i)

    await page.goto('/targets/billing')
    await page.getByRole('button', { name: 'Resume' }).press('Enter')
    await page.getByText('Resumed. What waits goes out').waitFor()
    expect(await page.getByText('Pause…').isVisible()).toBe(true)
    expect(takeProblems()).toEqual([])
  })

  it('gets a test event, and shows what failed by reason', async () => {
    const { page, takeProblems } = await open('/targets/crm')
    const before = crm.received.length
    await page.getByRole('button', { name: 'Send a test event' }).press('Enter')
    await page.locator('.notice').first().waitFor()
    await expect
      .poll(
        () =>
          crm.received.slice(before).map(({ body }) => (JSON.parse(body) as { kind: string }).kind),
        { timeout: 10_000 },
      )
      .toEqual(['switchboard.test'])
    await page.goto('/targets/billing')
    const failures = page.locator('#failures')
    expect(await failures.innerText()).toMatch(new RegExp(`422[\\s\\S]*${SOME}`))
    expect(takeProblems()).toEqual([])
  })
})

describe('the config', () => {
  it('shows where Twilio has to call, and is copied', async () => {
    const { page, takeProblems } = await open('/config', {
      permissions: ['clipboard-read', 'clipboard-write'],
    })
    const row = page.locator('#urls tr', { hasText: '/sms' })
    expect(await row.innerText()).toContain('/sms')
    await page.locator('#written').getByRole('button', { name: 'Copy the config' }).press('Enter')
    await page.locator('#written').getByRole('button', { name: 'Copied' }).waitFor()
    const copied = JSON.parse(
      await page.evaluate<string>('navigator.clipboard.readText()'),
    ) as object
    expect(JSON.stringify(copied)).toContain('Third')
    expect(takeProblems()).toEqual([])
  })

  it('says what the gateway uses when it is asked, and that it is being asked', async () => {
    const { page, takeProblems } = await open('/access')
    let answer = () => {}
    const held = new Promise<void>((resolve) => (answer = resolve))
    await page.route('**/config/gateway', async (route) => {
      await held
      await route.continue()
    })
    await page.goto('/config')
    await page.locator('#gateway .spinner').waitFor()
    answer()
    await page.locator('#gateway .spinner').waitFor({ state: 'detached' })
    expect(await page.locator('#gateway').innerText()).not.toContain('Ask the gateway')
    expect(takeProblems()).toEqual([])
  })

  it('has a history, differences, and a way back that counts at once', async () => {
    const { page, takeProblems } = await open('/config', {
      permissions: ['clipboard-read', 'clipboard-write'],
    })
    const second = page.locator('#history tr', { hasText: 'kinder' })
    expect(await second.innerText()).toMatch(/anna/)
    await second.getByRole('link', { name: /^Compare/ }).press('Enter')
    await page.waitForURL(/\/config\/diff/)
    expect(await page.locator('#difference pre').innerText()).toMatch(/Second.*→.*Third/)

    await page.goto('/config')
    await second.getByRole('link', { name: /^Roll back/ }).press('Enter')
    await page.waitForURL(/\/config\/rollback/)
    expect(await answerOf('before', product.gatewayUrl)).toContain('Third')
    await page.getByLabel('Why (for the history)').fill('it was kinder')
    await page.getByRole('button', { name: /^Roll back to/ }).press('Enter')
    await page.waitForURL('**/config')
    await page.getByText('Published. Gateways take it up within a minute.').waitFor()
    await expect.poll(() => answerOf('after', PUBLIC_URL), { timeout: 10_000 }).toContain('Second')
    const first = page.locator('#history tbody tr').first()
    expect(await first.innerText()).toMatch(/rolled back[\s\S]*it was kinder[\s\S]*live/)
    await page.getByRole('button', { name: 'Copy the URL of sms' }).press('Enter')
    await page.locator('#urls').getByRole('button', { name: 'Copied' }).waitFor()
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(`${PUBLIC_URL}/sms`)
    await page.goto('/access')
    expect(await page.locator('#changes').innerText()).toMatch(/local\s+rolled the config back to/)
    expect(takeProblems()).toEqual([])
  })

  async function answerOf(word: string, publicUrl: string): Promise<string> {
    count += 1
    const sid = `SM${String(count).padStart(32, 'b')}`
    const params = { MessageSid: sid, AccountSid: ACCOUNT, From: FROM, To: TO, Body: word }
    return (await product.send('/sms', params, publicUrl)).text()
  }
})
