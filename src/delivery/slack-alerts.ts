/** What Switchboard and Twilio have to say to operators, each kind in words of its own. */
import type { Json, SwitchboardEvent } from '../events/event.ts'
import { isOwnKindName, OWN_KINDS, type OwnKindName, type Severity } from '../events/own-kinds.ts'
import { readText, toScalarText } from './slack-fields.ts'
import { toInline, toInlineList } from './slack-text.ts'

const LIGHTS: Readonly<Record<Severity, string>> = { critical: '🔴', warning: '🟠', info: '🟢' }

const TITLES: Readonly<Record<OwnKindName, (who: string) => string>> = {
  'switchboard.delivery.dead': (who) => `Delivery to ${who} is dead`,
  'switchboard.target.paused': (who) => `Paused: ${who}`,
  'switchboard.breaker.opened': (who) => `Breaker opened: ${who} keeps failing`,
  'switchboard.breaker.closed': (who) => `Breaker closed: ${who} answers again`,
  'switchboard.outbox.growing': () => 'The outbox is growing',
  'switchboard.backlog.old': () => 'The backlog is old',
  'switchboard.test': (who) => `A test for ${who}`,
}

/** Of an alert's `data`, in its order. */
const MAX_DETAILS = 8

export function toOwnLines({ kind, data, time }: SwitchboardEvent): string[] {
  const details = toDetails(data)
  const target = readText(data, 'target')
  // An alert of a newer version still says what it knows.
  if (!isOwnKindName(kind)) return [`*${toInline(kind, 100)}*`, toInlineList([target, ...details])]
  const { severity, description } = OWN_KINDS[kind]
  const title = TITLES[kind](toWho(target))
  return [
    `${LIGHTS[severity]} *${toInline(title, 150)}*`,
    description,
    toInlineList(details),
    toInlineList([kind, time]),
  ]
}

function toWho(target: string | null): string {
  if (target === null) return 'a target'
  return target === '*' ? 'every target' : `target ${target}`
}

function toDetails(data: Json): string[] {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return []
  return Object.entries(data)
    .filter(([name]) => name !== 'target')
    .flatMap(([name, value]) => toDetail(name, value) ?? [])
    .slice(0, MAX_DETAILS)
}

/** `oldestSeconds: 5400`, `oldestMs: 5400000` → `oldest: 1h 30m`; `openedAt: 1795…` → `opened at: 2026-…` */
function toDetail(name: string, value: Json): string | null {
  const [, what, unit] = /^(.+)(Ms|Seconds)$/.exec(name) ?? []
  if (typeof value === 'number' && what !== undefined) {
    return `${toWords(what)}: ${toSpan(unit === 'Ms' ? value : value * 1_000)}`
  }
  const isTime = typeof value === 'number' && name.endsWith('At') && Math.abs(value) <= 8.64e15
  const text = isTime ? new Date(value).toISOString() : toScalarText(value)
  return text === null ? null : `${toWords(name)}: ${text}`
}

const toWords = (name: string): string =>
  name.replace(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`)

const UNITS: readonly (readonly [name: string, ms: number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
]

/** Its two largest units: `1h 30m`, `45s`, `250ms`. */
function toSpan(ms: number): string {
  const i = UNITS.findIndex(([, size]) => ms >= size)
  const [name, size] = UNITS[i] ?? ['ms', 1]
  const [smaller, smallerSize] = UNITS[i + 1] ?? ['', Infinity]
  const rest = i === -1 ? 0 : Math.floor((ms % size) / smallerSize)
  return `${Math.floor(ms / size)}${name}${rest > 0 ? ` ${rest}${smaller}` : ''}`
}

/** https://www.twilio.com/docs/usage/troubleshooting/debugging-event-webhooks */
export function toDebuggerLines({ data, time }: SwitchboardEvent): string[] {
  const level = (readText(data, 'level') ?? 'event').toLowerCase()
  const code = readText(data, 'payload', 'error_code') ?? ''
  const moreInfo = (name: string) => readText(data, 'payload', 'more_info', name)
  const text = moreInfo('Msg') ?? moreInfo('msg')
  const url = readText(data, 'payload', 'webhook', 'request', 'url')
  const status = moreInfo('httpResponse')
  const sid = readText(data, 'payload', 'resource_sid')
  return [
    `${LIGHTS[level === 'error' ? 'critical' : 'warning']} *${toInline(`Twilio ${level} ${code}`, 60)}*`,
    text === null ? '' : toInline(text, 400),
    toInlineList([sid, url && withoutSecrets(url), status && `answered ${status}`]),
    /^\d+$/.test(code) ? `https://www.twilio.com/docs/api/errors/${code}` : '',
    toInlineList([readText(data, 'accountSid'), readText(data, 'timestamp') ?? time]),
  ]
}

/** A password or a query may hold credentials, and tells nobody in a chat anything. */
const withoutSecrets = (url: string): string =>
  url.replace(/[?#].*$/s, '').replace(/\/\/[^/]*@/, '//')

/** https://www.twilio.com/docs/usage/api/usage-trigger */
export function toUsageLines({ data, time }: SwitchboardEvent): string[] {
  const what = [readText(data, 'usageCategory') ?? 'usage', readText(data, 'triggerBy')]
  const current = readText(data, 'currentValue')
  const limit = readText(data, 'triggerValue')
  const recurring = readText(data, 'recurring')
  return [
    `${LIGHTS.warning} *${toInline(`Twilio usage trigger: ${what.filter(Boolean).join(' ')}`, 150)}*`,
    toInlineList([current && `now ${current}`, limit && `triggers at ${limit}`, recurring]),
    toInlineList([readText(data, 'accountSid'), readText(data, 'dateFired') ?? time]),
  ]
}
