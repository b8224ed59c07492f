import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { openBrowser, openPage, type OpenPage } from './browser.ts'
import { readFocus } from './looks.ts'
import { startProduct, startTarget, type Product, type Target } from './product.ts'

const ACCOUNT = `AC${'0'.repeat(31)}1`
const FROM = '+15005550006'
const TO = '+15005550010'

let crm: Target
let archive: Target
let fragile: Target
let product: Product
let browser: Browser

beforeAll(async () => {
  ;[crm, archive, fragile] = await Promise.all([startTarget(), startTarget(), startTarget()])
  browser = await openBrowser()
  const config = `{
    endpoints: {
      sms: { path: '/sms', reply: { twiml: '<Response><Message>Thanks, {{Body}} it is.</Message></Response>' } },
      status: { path: '/status' },
    },
    targets: {
      crm: { url: '${crm.url}', events: ['messaging.inbound'] },
      fragile: {
        url: '${fragile.url}',
        events: ['messaging.inbound'],
        where: { 'data.body': { $regex: 'unlucky' } },
        retry: ['1s', '1s', '1s', '1s', '1s'],
      },
      archive: {
        url: '${archive.url}',
        events: ['messaging.inbound'],
        where: { 'data.body': { $regex: 'everywhere' } },
      },
    },
  }`
  product = await startProduct({ config })
})

afterAll(async () => {
  await browser?.close()
  await Promise.all([product?.stop(), crm?.close(), archive?.close(), fragile?.close()])
})

async function open(path: string, options: BrowserContextOptions = {}): Promise<OpenPage> {
  const one = await openPage(browser, product.consoleUrl, options)
  await one.page.goto(path)
  return one
}

let count = 0

/** @returns the SID */
async function sendText(body: string): Promise<string> {
  count += 1
  const sid = `SM${String(count).padStart(32, '0')}`
  const params = { MessageSid: sid, AccountSid: ACCOUNT, From: FROM, To: TO, Body: body }
  const response = await product.send('/sms', { ...params, NumMedia: '0' })
  expect(response.status).toBe(200)
  return sid
}

/** Sends a text that is delivered before the next page is opened. */
async function sendDelivered(body: string): Promise<string> {
  const sid = await sendText(body)
  await expect.poll(() => readOutcome(sid), { timeout: 10_000 }).toBe('delivered')
  return sid
}

async function readOutcome(sid: string): Promise<string | undefined> {
  const answer = await fetch(`${product.consoleUrl}/api/v1/events?sid=${sid}`)
  const list = (await answer.json()) as { items: { outcome: string }[] }
  return list.items[0]?.outcome
}

const rowOf = (page: Page, sid: string) =>
  page.locator('#event-rows tr', { has: page.locator(`code[title="${sid}"]`) })

/** Sends a text and goes to its page. */
async function openText(body: string): Promise<OpenPage & { id: string }> {
  const sid = await sendDelivered(body)
  const one = await open(`/events?who=${sid}`)
  await rowOf(one.page, sid).getByRole('link').click()
  await one.page.waitForURL(/\/events\/evt_/)
  return { ...one, id: toId(one.page) }
}

const toId = (page: Page): string => new URL(page.url()).pathname.slice('/events/'.length)

const receivedOf = (target: Target, id: string) =>
  target.received.filter(({ headers }) => headers['webhook-id'] === id)

describe('from a signed webhook to the pixel', () => {
  it('shows it without a reload, and all about it with the keyboard alone', async () => {
    const { page, takeProblems } = await open('/events', { timezoneId: 'America/New_York' })
    await page.getByText('No event has come yet').waitFor()
    await page.evaluate('window.isStill = true')

    const sid = await sendText('blue')
    await rowOf(page, sid).waitFor({ timeout: 6_000 })
    expect(await page.evaluate('window.isStill')).toBe(true)
    expect(await page.getByText('No event has come yet').isVisible()).toBe(false)
    await rowOf(page, sid).getByText('delivered').waitFor()
    expect(await rowOf(page, sid).innerText()).toContain('crm')

    await page.keyboard.press('j')
    const focus = await readFocus(page)
    expect(focus).toMatchObject({ text: 'Message received', isSeen: true })
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/events\/evt_/)

    await expectAllAbout(page, sid)
    expect(takeProblems()).toEqual([])
  })

  async function expectAllAbout(page: Page, sid: string): Promise<void> {
    const [got] = receivedOf(crm, toId(page))
    expect(JSON.parse(got?.body ?? '{}')).toMatchObject({ subject: sid, data: { body: 'blue' } })
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Message received')
    expect(await page.locator('#sent').innerText()).toMatch(/Body\s+blue/)
    const reply = page.locator('#reply')
    expect(await reply.locator('pre').innerText()).toBe(
      '<Response>\n  <Message>Thanks, blue it is.</Message>\n</Response>',
    )
    expect(await reply.getByRole('list', { name: 'In words' }).innerText()).toContain(
      'sends “Thanks, blue it is.” to the sender',
    )
    expect(await page.locator('#facts').innerText()).toMatch(/Signed with\s+.*default/)
    expect(await page.locator('#deliveries').innerText()).toMatch(/crm\s+delivered[\s\S]*HTTP 200/)
    const time = page.locator('.page-header time')
    const instant = (await time.getAttribute('datetime')) ?? ''
    expect(instant).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    expect((await time.getAttribute('title'))?.split('\n')[0]).toBe(instant)
    const zone = { timeStyle: 'medium', hourCycle: 'h23', timeZone: 'America/New_York' } as const
    const inNewYork = new Intl.DateTimeFormat('en-US', zone).format(new Date(instant))
    expect(await time.innerText()).toContain(inNewYork)
    expect(await page.locator('.foot').innerText()).toContain('America/New_York')
  }
})

describe('a list that is left open', () => {
  it('keeps new events back while somebody reads, and shows them when asked', async () => {
    await sendDelivered('first')
    const { page, takeProblems } = await open('/events', { viewport: { width: 1000, height: 320 } })
    await page.keyboard.press('j')
    const before = await readFocus(page)
    const sids = [await sendText('one'), await sendText('two'), await sendText('three')]
    const button = page.getByRole('button', { name: 'Show 3 new events' })
    await button.waitFor()
    expect(await rowOf(page, sids[0] ?? '').isVisible()).toBe(false)
    expect(await readFocus(page)).toEqual(before)
    expect(await page.locator('#live').textContent()).toMatch(/new event/)

    await button.press('Enter')
    for (const sid of sids) expect(await rowOf(page, sid).isVisible()).toBe(true)
    expect(await button.isVisible()).toBe(false)
    expect((await readFocus(page)).what).toBe(`a#open-${await idOf(page, sids[2] ?? '')}`)

    await page.mouse.click(5, 300)
    await page.evaluate('document.activeElement.blur(), window.scrollTo(0, 400)')
    const later = await sendText('while down here')
    await page.getByRole('button', { name: 'Show 1 new event' }).waitFor()
    expect(await rowOf(page, later).isVisible()).toBe(false)
    expect(await page.evaluate<number>('window.scrollY')).toBe(400)
    expect(takeProblems()).toEqual([])
  })

  const idOf = async (page: Page, sid: string): Promise<string> =>
    ((await rowOf(page, sid).getAttribute('id')) ?? '').slice('row-'.length)
})

// From here on each test looks at events of its own only, and all run at the same time: they wait a lot.
describe.concurrent('a list that goes on', () => {
  it('tells when what waited is delivered, and keeps the focus where it was', async () => {
    fragile.status = 500
    const sid = await sendText('unlucky')
    const { page, takeProblems } = await open(`/events?who=${sid}`)
    const row = rowOf(page, sid)
    await row.getByText('waiting').waitFor()
    await row.getByRole('link').focus()
    const before = await readFocus(page)
    fragile.status = 200
    await row.getByText('delivered').waitFor()
    expect((await readFocus(page)).what).toBe(before.what)
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/events\/evt_/)
    const deliveries = await page.locator('#deliveries').innerText()
    expect(deliveries).toMatch(/HTTP 500[\s\S]*HTTP 200/)
    expect(takeProblems()).toEqual([])
  })

  it('says when the connection is lost, and when it is back', async () => {
    const { page, takeProblems } = await open('/events')
    await page.route('**/events/live**', (route) => route.abort())
    await page.getByText(/^No connection since/).waitFor()
    await page.unroute('**/events/live**')
    await page.getByText('Connected again.').waitFor()
    const sid = await sendText('after the tunnel')
    await rowOf(page, sid).waitFor()
    const told = takeProblems().filter((problem) => !/ERR_FAILED|^htmx:/.test(problem))
    expect(told).toEqual([])
  })
})

describe.concurrent('a filter', () => {
  it('is in the URL, narrows the list down, and finds by number, SID and text', async () => {
    const [red, green] = [await sendDelivered('red apples'), await sendDelivered('green pears')]
    const { page, takeProblems } = await open('/events')
    await rowOf(page, green).waitFor()
    await page.keyboard.press('/')
    expect((await readFocus(page)).what).toBe('input#who')
    await page.getByLabel('Text in the parameters').fill('apples')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/events?text=apples')
    expect(await page.locator('#event-rows tr').count()).toBe(1)
    expect(await rowOf(page, red).isVisible()).toBe(true)
    await page.getByRole('link', { name: 'Clear' }).click()
    await page.getByLabel('Number or SID').fill(green)
    await page.keyboard.press('Enter')
    await page.waitForURL(`**/events?who=${green}`)
    expect(await page.locator('#event-rows tr').count()).toBe(1)
    await page.goto('/events?who=%2B15005550099')
    await page.getByText('No event matches this filter').waitFor()
    expect(takeProblems()).toEqual([])
  })
})

describe.concurrent('a replay of one event', () => {
  it('is made once to one target, whatever is pressed twice', async () => {
    const { page, takeProblems, id } = await openText('again, everywhere')
    await page.getByText('Replay…').press('Enter')
    await page.getByLabel('To', { exact: true }).selectOption('crm')
    await page.getByRole('button', { name: 'Send it again' }).dblclick()
    await page.waitForURL(/\?replay=rpl_/)
    await page.getByText('Sent again. It arrives in a moment').waitFor()
    const replay = new URL(page.url()).searchParams.get('replay') ?? ''
    const section = page.locator(`section.replay#${replay}`)
    await section.getByText('delivered').waitFor()
    expect(await section.getByRole('heading').innerText()).toContain('Replay 1')
    expect(await section.innerText()).not.toContain('archive')
    await page.reload()
    expect(await page.getByText('Sent again. It arrives in a moment').count()).toBe(0)

    // Back to the form that was sent, and once more.
    await page.goBack()
    await page.getByText('Replay…').click()
    await page.getByLabel('To', { exact: true }).selectOption('crm')
    await page.evaluate(`document.querySelector('input[name="replay"]').value = '${replay}'`)
    await page.getByRole('button', { name: 'Send it again' }).click()
    await page.waitForURL(/\?replay=rpl_/)
    // What is sent now comes behind all of that.
    await page.getByText('Replay…').click()
    await page.getByLabel('To', { exact: true }).selectOption('crm')
    await page.getByRole('button', { name: 'Send it again' }).click()
    await page.waitForURL((url) => !url.search.includes(replay))
    await page.getByRole('heading', { name: /^Replay 2/ }).waitFor()
    await page.locator('section.replay').nth(1).getByText('delivered').waitFor()

    const got = receivedOf(crm, id).map(({ headers }) => headers['switchboard-replay'])
    const second = new URL(page.url()).searchParams.get('replay')
    expect(got).toEqual([undefined, replay, second])
    expect(receivedOf(archive, id)).toHaveLength(1)
    expect(takeProblems()).toEqual([])
  })
})

describe.concurrent('without a script', () => {
  it('lists, filters, shows, and replays', async () => {
    const sid = await sendDelivered('plain')
    const { page, takeProblems } = await open('/events', { javaScriptEnabled: false })
    await rowOf(page, sid).waitFor()
    await page.getByLabel('Number or SID').fill(sid)
    await page.getByRole('button', { name: 'Filter' }).click()
    await page.waitForURL(`**/events?who=${sid}*`)
    expect(await page.locator('#event-rows tr').count()).toBe(1)
    await rowOf(page, sid).getByRole('link').click()
    expect(await page.locator('#sent').innerText()).toMatch(/Body\s+plain/)
    expect(await page.locator('.page-header time').innerText()).toMatch(/\d\d:\d\d:\d\d UTC$/)
    await page.getByText('Replay…').click()
    await page.getByRole('button', { name: 'Send it again' }).click()
    await page.waitForURL(/\?replay=rpl_/)
    await expect
      .poll(() => receivedOf(crm, toId(page)).map(({ headers }) => headers['switchboard-replay']), {
        timeout: 10_000,
      })
      .toContain(new URL(page.url()).searchParams.get('replay'))
    expect(takeProblems()).toEqual([])
  })

  it('pauses a target and resumes it', async () => {
    const { page, takeProblems } = await open('/targets/archive', { javaScriptEnabled: false })
    await page.getByText('Pause…').click()
    await page.getByLabel('Why').fill('no script here')
    await page.getByRole('button', { name: 'Pause it' }).click()
    await page.getByText('Paused. The target gets nothing from now on').waitFor()
    expect(await page.locator('#target-state').innerText()).toContain('no script here')
    await page.getByRole('button', { name: 'Resume' }).click()
    await page.getByText('Resumed. What waits goes out').waitFor()
    expect(takeProblems()).toEqual([])
  })
})
