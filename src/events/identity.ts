/**
 * What makes two requests the same webhook, and the id that its event gets from that.
 *
 * Copies of a webhook share their id wherever and whenever they arrive; different webhooks never do
 * (SHA-256 over an encoding without ambiguity). Scoped by account and endpoint, so that one account
 * cannot hide another's events and two endpoints that get the same webhook make two events.
 *
 * Weak where Twilio is: the token is a header, and Twilio does not sign headers. Whoever has captured a
 * request can send it again under another token, and it is another webhook then.
 */
import { createHash } from 'node:crypto'
import type { Kind } from '../twilio/kind.ts'
import type { Webhook } from '../twilio/webhook.ts'
import type { Json } from './event.ts'

export interface IdentityRequest {
  kind: Kind
  webhook: Webhook
  /** I-Twilio-Idempotency-Token; null when it did not come. Any length. */
  token: string | null
  /** The account whose key signed the request, or null. */
  account: string | null
  /** The endpoint's name. */
  endpoint: string
  /** Random text that makes the id of a webhook without a key. */
  nonce: string
}

export interface Identity {
  /** The same for each copy of the webhook, 64 hex digits. Null: copies cannot be told. */
  key: string | null
  /** `evt_` and 32 hex digits. */
  id: string
  /** W3C Trace Context: copies share a trace. */
  traceparent: string
  /** The key in words, for people and for targets: 1 to 256 visible ASCII characters. */
  label: string | null
}

/** Idempotency token, else the kind's natural key, else only the nonce. */
export function decideIdentity(request: IdentityRequest): Identity {
  const { kind, webhook, token, account, endpoint, nonce } = request
  if (token !== null && token !== '') {
    return toIdentity(hash(['token', account, endpoint, token]), toTokenLabel(token))
  }
  const parts = readNaturalKey(kind, webhook)
  if (parts !== null) {
    const digest = hash(['natural', account, endpoint, kind.name, ...parts])
    return toIdentity(digest, toNaturalLabel(kind, parts))
  }
  return toIdentity(hash(['nonce', account, endpoint, nonce]), null)
}

function toIdentity(digest: string, label: string | null): Identity {
  return {
    key: label === null ? null : digest,
    id: `evt_${digest.slice(0, 32)}`,
    traceparent: toTraceparent(digest),
    label,
  }
}

/** 64 hex digits from texts of any length. JSON keeps the borders between them, and lone surrogates. */
export function hash(parts: readonly (string | null)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

/** Version, trace and span of a digest (https://www.w3.org/TR/trace-context/); all zeros is not valid. */
export function toTraceparent(digest: string): string {
  return `00-${nonZero(digest.slice(0, 32))}-${nonZero(digest.slice(32, 48))}-01`
}

function nonZero(hex: string): string {
  return /[^0]/.test(hex) ? hex : `${hex.slice(1)}1`
}

/** What may stand in a header and in a log as it is. */
const VISIBLE = /^[!-~]{1,256}$/
const IDENTIFIER = /^[\w.:-]{1,64}$/

/** The token, or a hash of one that no header could carry on. */
function toTokenLabel(token: string): string {
  return VISIBLE.test(token) ? token : hash([token])
}

/** What is not an identifier (speech, a URL with its secrets) stands in the label only as a hash. */
function toNaturalLabel(kind: Kind, parts: readonly string[]): string {
  const shown = parts.map((part) =>
    IDENTIFIER.test(part) ? part : hash([part]).slice(0, SHORT_HASH_CHARS),
  )
  return toTokenLabel([kind.name, ...shown].join('/'))
}

const SHORT_HASH_CHARS = 16

/** The values of all key parts; null when one is missing or empty: what is left could collide. */
function readNaturalKey({ key }: Kind, webhook: Webhook): string[] | null {
  if (key === null) return null
  const parts: string[] = []
  for (const alternatives of key) {
    const part = readFirst(alternatives, webhook)
    if (part === null) return null
    parts.push(part)
  }
  return parts
}

function readFirst(alternatives: readonly string[], webhook: Webhook): string | null {
  for (const name of alternatives) {
    const value = name.includes('[].') ? readList(name, webhook.json) : webhook.params.get(name)
    if (value !== undefined && value !== '') return value
  }
  return null
}

/** `list[].field` or `[].field` of a JSON body. An element without the field stands for itself. */
function readList(path: string, json: Json | undefined): string | undefined {
  const [list = '', field = ''] = path.split('[].')
  const value = list === '' ? json : readField(json, list)
  if (value === undefined || value === null || value === '') return undefined
  const elements = Array.isArray(value) ? value : [value]
  if (elements.length === 0) return undefined
  return JSON.stringify(elements.map((element) => readField(element, field) ?? element))
}

function readField(json: Json | undefined, name: string): Json | undefined {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined
  return Object.hasOwn(json, name) ? json[name] : undefined
}
