/** The configs of a run: one after the other is pushed, and what each webhook may expect of all of them. */
import { createHash } from 'node:crypto'
import { compileConfig } from '../../src/config/compile.ts'
import { toDocument, type ConfigDocument } from '../../src/config/document.ts'
import { TWIML_TYPE } from '../../src/gateway/response.ts'
import type { ReplyPromise } from './accounts.ts'

export const PATHS = {
  sms: '/sms',
  voice: '/voice',
  status: '/status',
  changing: '/changing',
  kept: '/kept',
  fallback: '/fallback',
} as const

export const TARGETS = ['crm', 'texts', 'brief', 'gone', 'moved', 'guest', 'ops'] as const

/** Where the targets and the app are. */
export interface Addresses {
  target: string
  app: string
}

export interface Pushed {
  /** From 0, the one that the Workers are deployed with. */
  number: number
  addresses: Addresses
  /** The target `moved` is where nobody is. */
  isWrong: boolean
}

/** Nobody is called so, and nobody listens there. */
const WRONG = ['http://moved.invalid/moved', 'http://127.0.0.1:1/moved']
const OK_AFTER_ALL = 12
export const CONCURRENCY = 20

export function toChaosDocument({ number, addresses, isWrong }: Pushed): ConfigDocument {
  const at = (name: string) => `${addresses.target}/${name}`
  const pause = number % 2 === 0 ? '1s' : '2s'
  const patient = {
    timeout: '2s',
    concurrency: CONCURRENCY,
    retry: Array(OK_AFTER_ALL).fill(pause),
  }
  const wrong = WRONG[number % WRONG.length] ?? ''
  const moved = isWrong ? wrong : at('moved')
  const endpoints = {
    sms: {
      path: PATHS.sms,
      reply: { twiml: '<Response><Message>Thanks, {{From}}!</Message></Response>' },
    },
    voice: {
      path: PATHS.voice,
      reply: {
        origin: `${addresses.app}/voice`,
        deadline: '2s',
        otherwise: { twiml: '<Response><Say>Please call again.</Say></Response>' },
      },
    },
    status: { path: PATHS.status, reply: { status: 204 } },
    fallback: { path: PATHS.fallback, reply: { twiml: '<Response><Pause/></Response>' } },
    changing: { path: PATHS.changing, reply: { twiml: toTwiml(number) } },
    kept: { path: PATHS.kept, reply: { twiml: toTwiml(number) }, remember: true },
    ...(number > 0 && { [`new${number}`]: { path: `/new${number}`, reply: { status: 204 } } }),
  }
  const targets = {
    crm: { url: at('crm'), events: ['*'], ...patient },
    texts: { url: at('texts'), events: ['messaging.inbound*'], ...patient },
    brief: { url: at('brief'), events: ['messaging.status'], ...patient, retry: ['1s'] },
    gone: { url: at('gone'), events: ['voice.recording.status'], ...patient },
    moved: { url: moved, events: ['voice.dial.action'], ...patient },
    ...(number % 3 !== 2 && {
      guest: { url: at('guest'), events: ['voice.gather.action'], ...patient },
    }),
    ops: { url: at('ops'), events: ['switchboard.*'], ...patient },
  }
  const compiled = compileConfig({ endpoints, targets }, { readFile: () => '', local: true })
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error))
  return toDocument(compiled.value.config, `chaos-${number}`)
}

const toTwiml = (number: number) => `<Response><Message>Config ${number}</Message></Response>`

/** As the simulator's account has it. */
export const toDigest = (status: number, contentType: string, text: string): string =>
  createHash('sha256')
    .update(JSON.stringify([status, contentType, text]))
    .digest('hex')

/** @param pushes how many configs there were, the first one included */
export function toReplyPromise(path: string, pushes: number): ReplyPromise {
  if (path === PATHS.voice || path === PATHS.kept) return { type: 'remembered' }
  if (path !== PATHS.changing) return { type: 'computed' }
  const numbers = Array.from({ length: pushes }, (_, number) => number)
  return {
    type: 'changing',
    allowed: new Set(numbers.map((number) => toDigest(200, TWIML_TYPE, toTwiml(number)))),
  }
}

/** By every config of a run, and by some. */
export function toOwed(kind: string): { owed: string[]; mayBeOwed: string[] } {
  const owed = ['crm']
  if (kind.startsWith('messaging.inbound')) owed.push('texts')
  if (kind === 'messaging.status') owed.push('brief')
  if (kind === 'voice.recording.status') owed.push('gone')
  if (kind === 'voice.dial.action') owed.push('moved')
  return { owed, mayBeOwed: kind === 'voice.gather.action' ? ['guest'] : [] }
}
