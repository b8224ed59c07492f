/**
 * Every page with a story in it: axe finds nothing in light and dark, on a desk and on a phone; nothing
 * sticks out; none is heavy. With SCREENSHOTS=1 their pictures go into docs/screenshots.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT } from '../e2e/switchboard.ts'
import { openBrowser, openPage, PHONE } from './browser.ts'
import { findViolations, readOverflow, weigh } from './looks.ts'
import { startStory, type Story } from './story.ts'

const PAGE_BYTES = 150 * 1_024
const PICTURE = { width: 1200, height: 720 }
const PICTURE_BYTES = 120 * 1_024

let story: Story
let browser: Browser
const isKept = process.env['SCREENSHOTS'] === '1'
const pictures = isKept
  ? join(ROOT, 'docs/screenshots')
  : mkdtempSync(join(tmpdir(), 'switchboard-pictures-'))

beforeAll(async () => {
  mkdirSync(pictures, { recursive: true })
  ;[story, browser] = await Promise.all([startStory(), openBrowser()])
})

afterAll(async () => {
  await browser?.close()
  await story?.close()
  if (!isKept) rmSync(pictures, { recursive: true, force: true })
})

interface PageCase {
  name: string
  path: () => string
  /** What is there only when the page has what it is for. */
  has: RegExp
  isPhotographed?: false
}

const PAGES: PageCase[] = [
  { name: 'overview', path: () => '/?range=24h', has: /Webhooks by kind/ },
  {
    name: 'overview-hour',
    path: () => '/?range=1h',
    has: /Webhooks by kind/,
    isPhotographed: false,
  },
  { name: 'events', path: () => '/events', has: /\+15005550042/ },
  { name: 'event', path: () => `/events/${story.eventId}`, has: /One moment, please/ },
  { name: 'targets', path: () => '/targets', has: /paused/i },
  { name: 'target', path: () => '/targets/billing', has: /status_422/ },
  { name: 'dead', path: () => '/dead', has: /status_422/ },
  { name: 'replay', path: () => '/dead/plan', has: /Replay \d+ events/ },
  { name: 'config', path: () => '/config', has: /A kinder answer/ },
  {
    name: 'config-gateway',
    path: () => '/config/gateway',
    has: /no answer/,
    isPhotographed: false,
  },
  { name: 'rollback', path: () => '/config/rollback', has: /Roll back to/, isPhotographed: false },
  { name: 'difference', path: () => '/config/diff', has: /No difference/, isPhotographed: false },
  { name: 'access', path: () => '/access', has: /paused the target archive/ },
  { name: 'changes', path: () => '/access/changes', has: /paused/, isPhotographed: false },
]

describe.each(PAGES)('$name', ({ name, path, has, isPhotographed = true }) => {
  it('is for everybody, everywhere, and light', async () => {
    const { page, takeProblems, close } = await openPage(browser, story.product.consoleUrl, {
      reducedMotion: 'reduce',
    })
    const { sent } = await weigh(page, path())
    expect(await page.locator('main').innerText()).toMatch(has)
    expect(sent).toBeLessThan(PAGE_BYTES)
    expect(await findViolations(page)).toEqual([])
    if (isPhotographed) await photograph(page, name, PICTURE)
    if (name === 'event') await photographReply(page)
    await page.emulateMedia({ colorScheme: 'dark' })
    expect(await findViolations(page, ['color-contrast'])).toEqual([])
    if (name === 'overview') await photograph(page, `${name}-dark`, PICTURE)
    await page.setViewportSize(PHONE)
    expect(await readOverflow(page)).toEqual([])
    await page.emulateMedia({ colorScheme: 'light' })
    expect(await findViolations(page)).toEqual([])
    if (name === 'events') await photograph(page, `${name}-phone`, PHONE)
    for (const link of await page
      .getByRole('navigation', { name: 'Main' })
      .getByRole('link')
      .all()) {
      await link.click({ trial: true })
    }
    expect(takeProblems()).toEqual([])
    await close()
  })
})

async function photographReply(page: Page): Promise<void> {
  await page.evaluate(`document.querySelector('#reply').scrollIntoView()`)
  await photograph(page, 'reply', PICTURE)
}

async function photograph(page: Page, name: string, size: typeof PICTURE): Promise<void> {
  await page.setViewportSize(size)
  const picture = await page.screenshot({ animations: 'disabled' })
  writeFileSync(join(pictures, `${name}.png`), picture)
  // The size is in the header of a PNG; one of a single colour has a few kilobytes.
  expect([picture.readUInt32BE(16), picture.readUInt32BE(20)]).toEqual([size.width, size.height])
  expect(picture.byteLength).toBeGreaterThan(10_000)
  expect(picture.byteLength).toBeLessThan(PICTURE_BYTES)
}
