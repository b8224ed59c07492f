/**
 * What a page says once, after a form was sent and answered with a redirect.
 *
 * Only a code travels, in a cookie that lives for seconds: the words are in this table, so that nobody can
 * make the console say something by a link.
 */
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { ConsoleContext } from '../api/router.ts'
import type { Tone } from '../ui/badge.tsx'

export interface Flash {
  tone: Tone
  text: string
}

const FLASHES = {
  'target.paused': {
    tone: 'wait',
    text: 'Paused. The target gets nothing from now on, and loses nothing.',
  },
  'target.already_paused': { tone: 'calm', text: 'It was paused already. Nothing has changed.' },
  'target.resumed': {
    tone: 'good',
    text: 'Resumed. What waits goes out as it comes due: within ten minutes.',
  },
  'target.not_paused': { tone: 'calm', text: 'It was not paused. Nothing has changed.' },
  'target.tested': {
    tone: 'good',
    text: 'The test event is on its way. In a moment it is among the events of this target.',
  },
  'config.rolled_back': {
    tone: 'good',
    text: 'Published. Gateways take it up within a minute.',
  },
  'config.same': { tone: 'calm', text: 'That is what is published already. Nothing has changed.' },
  'token.revoked': { tone: 'good', text: 'Revoked. The token is worth nothing from now on.' },
  'replay.sent': { tone: 'good', text: 'Sent again. It arrives in a moment, marked as a replay.' },
  'replay.started': { tone: 'good', text: 'The replay has begun.' },
  'replay.cancelled': {
    tone: 'wait',
    text: 'Cancelled. What was sent already stays sent; nothing more goes out.',
  },
} as const satisfies Record<string, Flash>

export type FlashCode = keyof typeof FLASHES

const BY_CODE: ReadonlyMap<string, Flash> = new Map(Object.entries(FLASHES))

const COOKIE = 'switchboard-said'
const MAX_AGE_S = 30

/** 303: the browser goes there with GET, and a reload sends nothing twice. */
export function redirectSaying(c: ConsoleContext, path: string, code: FlashCode): Response {
  const secure = new URL(c.req.url).protocol === 'https:'
  setCookie(c, COOKIE, code, {
    path: '/',
    httpOnly: true,
    sameSite: 'Strict',
    secure,
    maxAge: MAX_AGE_S,
  })
  return c.redirect(path, 303)
}

/** What to say now; it is not said again. */
export function takeFlash(c: ConsoleContext): Flash | null {
  const code = getCookie(c, COOKIE)
  if (code === undefined) return null
  deleteCookie(c, COOKIE, { path: '/' })
  return BY_CODE.get(code) ?? null
}
