/** What can be asked of any page: where the focus is, whether it fits, what it weighs, what axe says. */
import { gzipSync } from 'node:zlib'
import axe from 'axe-core'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'

// The tests have no types of a browser: what runs in one is text.

export interface Focus {
  /** As `a#open-evt_…`; `body` when nothing has it. */
  what: string
  text: string
  /** One sees where it is. */
  isSeen: boolean
}

export function readFocus(page: Page): Promise<Focus> {
  return page.evaluate<Focus>(`(() => {
    const one = document.activeElement ?? document.body
    const { outlineStyle, outlineWidth } = getComputedStyle(one)
    return {
      what: one.tagName.toLowerCase() + (one.id && '#' + one.id),
      text: one === document.body ? '' : one.textContent.trim(),
      isSeen: one.matches(':focus-visible') && outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1,
    }
  })()`)
}

/** By how many pixels the page is wider than the window, and what sticks out. */
export function readOverflow(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`(() => {
    const width = document.documentElement.clientWidth
    if (document.documentElement.scrollWidth <= width) return []
    return [...document.body.querySelectorAll('*')]
      .filter((one) => one.getBoundingClientRect().right > width + 0.5)
      .map((one) => one.tagName + '.' + one.className + ' ' + Math.round(one.getBoundingClientRect().right))
      .slice(0, 20)
  })()`)
}

/** @param rules all of them unless given; null: as they are */
export async function findViolations(page: Page, rules: string[] | null = null): Promise<string[]> {
  const isThere = await page.evaluate<boolean>(`typeof axe === 'object'`)
  if (!isThere) await page.evaluate(axe.source)
  const options = {
    resultTypes: ['violations'],
    ...(rules && { runOnly: { type: 'rule', values: rules } }),
  }
  const { violations } = await page.evaluate<AxeResults>(`axe.run(${JSON.stringify(options)})`)
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary = '' }) => `${id}: ${target.join(' ')} ${failureSummary}`),
  )
}

/** Bytes of everything that a page loads at its first visit: as it is, and as an edge sends it. */
export async function weigh(page: Page, path: string): Promise<{ plain: number; sent: number }> {
  const bodies: Promise<Buffer>[] = []
  const onResponse = (response: { body: () => Promise<Buffer>; status: () => number }) => {
    if (response.status() < 300 || response.status() >= 400) bodies.push(response.body())
  }
  page.on('response', onResponse)
  await page.goto(path, { waitUntil: 'networkidle' })
  page.off('response', onResponse)
  const all = await Promise.all(bodies)
  return {
    plain: all.reduce((sum, body) => sum + body.byteLength, 0),
    sent: all.reduce((sum, body) => sum + gzipSync(body).byteLength, 0),
  }
}
