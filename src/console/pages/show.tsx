/**
 * From a page's content to the answer: with the frame around it, or, when htmx asked, the content alone.
 * Pages are about one person at one moment, so nobody keeps them.
 */
import { html } from 'hono/html'
import type { Child } from 'hono/jsx'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { ConsoleContext, ConsoleHono } from '../api/router.ts'
import { FrameContext, type Frame } from '../ui/frame.ts'
import { Notice } from '../ui/notice.tsx'
import { takeFlash, type Flash } from './flash.ts'
import { Layout, type LayoutProps } from './layout.tsx'

const HEADERS = { 'cache-control': 'no-store', vary: 'HX-Request' }

/** htmx wants a part of the page that is already there. */
export const isPartial = (c: ConsoleContext): boolean => c.req.header('hx-request') === 'true'

/** A whole page. */
export function showPage(
  c: ConsoleContext,
  layout: LayoutProps,
  content: Child,
  status: ContentfulStatusCode = 200,
): Response | Promise<Response> {
  const flash = takeFlash(c)
  const page = (
    <FrameContext.Provider value={toFrame(c)}>
      <Layout {...layout}>
        {flash && <Said flash={flash} />}
        {content}
      </Layout>
    </FrameContext.Provider>
  )
  return c.html(html`<!doctype html>${page}`, status, HEADERS)
}

/** Only the content, for a page that is already there. */
export function showPart(
  c: ConsoleContext,
  content: Child,
  status: ContentfulStatusCode = 200,
): Response | Promise<Response> {
  const part = <FrameContext.Provider value={toFrame(c)}>{content}</FrameContext.Provider>
  return c.html(part, status, HEADERS)
}

function Said({ flash: { tone, text } }: { flash: Flash }) {
  return (
    <Notice tone={tone} isNews>
      {text}
    </Notice>
  )
}

function toFrame(c: ConsoleContext): Frame {
  const url = new URL(c.req.url)
  // Whom the door does not open for has neither of the first two.
  const { identity, csrf, deps }: Partial<ConsoleHono['Variables']> = c.var
  return {
    identity: identity ?? null,
    csrf: csrf ?? '',
    path: url.pathname + url.search,
    now: deps?.now() ?? 0,
  }
}
