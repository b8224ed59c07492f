/**
 * A real Chromium, which comes inside a package: nothing is downloaded. Each page tells afterwards what
 * went wrong in it: errors, refused scripts and styles, answers that should not have been.
 */
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'
import { BROWSER } from './unpack.ts'

export const DESKTOP = { width: 1280, height: 800 }
export const PHONE = { width: 390, height: 844 }

export async function openBrowser(): Promise<Browser> {
  // The network is loopback; the sandbox needs rights that a container does not have.
  const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--headless=new',
  ]
  const { executablePath, libraries } = BROWSER
  try {
    return await chromium.launch({ executablePath, args })
  } catch (error) {
    if (!String(error).includes('shared librar')) throw error
    const env = { ...process.env, LD_LIBRARY_PATH: libraries }
    return chromium.launch({ executablePath, args, env })
  }
}

export interface OpenPage {
  page: Page
  /** What went wrong since the last look. */
  takeProblems: () => string[]
  close: () => Promise<void>
}

/** A visitor of their own: no cookies of others. */
export async function openPage(
  browser: Browser,
  baseURL: string,
  options: BrowserContextOptions = {},
): Promise<OpenPage> {
  const context = await browser.newContext({ baseURL, viewport: DESKTOP, ...options })
  const page = await context.newPage()
  const problems: string[] = []
  // Refusals by the content security policy are told here too.
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text())
  })
  page.on('pageerror', (error) => problems.push(String(error)))
  page.on('response', (response) => {
    if (response.status() >= 500) problems.push(`${response.status()} ${response.url()}`)
  })
  // No page of ours asks this way: it is somebody's text that was run.
  page.on('dialog', (dialog) => {
    problems.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.setDefaultTimeout(15_000)
  return { page, takeProblems: () => problems.splice(0), close: () => context.close() }
}
