/** The words of the pages on access. */
import type { z } from '@hono/zod-openapi'
import type { MadeTokenSchema, TokenSchema } from '../../api/token-schemas.ts'
import type { Role, Via } from '../../access/identity.ts'
import type { Tone } from '../../ui/badge.tsx'

export type Token = z.infer<typeof TokenSchema>
export type MadeToken = z.infer<typeof MadeTokenSchema>

export interface AuditEntry {
  id: string
  at: string
  actor: string
  tokenName: string | null
  via: Via
  action: string
  subject: string
  details: Record<string, unknown>
  outcome: 'begun' | 'done' | 'failed'
}

export const ACCESS_PATH = '/access'
export const TOKENS_PATH = '/access/tokens'
export const AUDIT_PATH = '/access/changes'

export const VIAS: Readonly<Record<Via, string>> = {
  access: 'Cloudflare Access',
  password: 'a password',
  token: 'a token',
  local: 'this machine: in local development everybody on it is an operator',
}

export const ROLES: Readonly<Record<Role, string>> = {
  viewer: 'looks; phone numbers and texts are masked',
  operator: 'sees everything and may change it',
}

export const TOKEN_STATES: Readonly<Record<Token['state'], Tone>> = {
  active: 'good',
  expired: 'calm',
  revoked: 'calm',
}

export const OUTCOMES: Readonly<Record<AuditEntry['outcome'], { tone: Tone; word: string }>> = {
  begun: { tone: 'wait', word: 'begun' },
  done: { tone: 'good', word: 'done' },
  failed: { tone: 'bad', word: 'failed' },
}

const ACTIONS: Readonly<Record<string, string>> = {
  'target.pause': 'paused the target',
  'target.resume': 'resumed the target',
  'target.test': 'sent a test event to',
  'event.replay': 'replayed the event',
  'replay.start': 'began the replay',
  'replay.cancel': 'cancelled the replay',
  'config.rollback': 'rolled the config back to',
  'token.create': 'made the token',
  'token.revoke': 'revoked the token',
  'session.login': 'logged in as',
  'session.logout': 'logged out as',
}

/** What this version does not know keeps its name. */
export const toActionText = (action: string): string =>
  Object.hasOwn(ACTIONS, action) ? (ACTIONS[action] ?? action) : action

const DAY_MS = 86_400_000

export const EXPIRIES = [
  { value: '30', label: 'In 30 days' },
  { value: '90', label: 'In 90 days' },
  { value: '365', label: 'In a year' },
  { value: '', label: 'Never' },
] as const

/** @param days of the list above; null: never. What is not in it counts as the shortest. */
export function toExpiry(days: string, now: number): string | null {
  if (days === '') return null
  const known = EXPIRIES.find(({ value }) => value === days) ?? EXPIRIES[0]
  return new Date(now + Number(known.value) * DAY_MS).toISOString()
}
