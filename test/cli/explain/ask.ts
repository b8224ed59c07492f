/** Requests signed by Twilio's own SDK, seen otherwise than they were signed, and what the doctor says. */
import { Buffer } from 'node:buffer'
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js'
import type { CapturedRequest, Header } from '../../../src/cli/explain/capture/captured-request.ts'
import { explainRequest, type Explanation } from '../../../src/cli/explain/explain-request.ts'
import { EMPTY_KEY_RING, parseKeyRing, type KeyRing } from '../../../src/twilio/keyring.ts'

export const A = `AC${'a1'.repeat(16)}`
export const B = `AC${'b2'.repeat(16)}`
export const TOKEN_A = '0123456789abcdef0123456789abcdef'
export const TOKEN_B = 'fedcba9876543210fedcba9876543210'
export const OTHER_TOKEN = 'f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0'

export function toRing(secret: unknown): KeyRing {
  const text = typeof secret === 'string' ? secret : JSON.stringify(secret)
  const ring = parseKeyRing(text)
  return ring.ok ? ring.value : EMPTY_KEY_RING
}
export const RING = toRing({ [A]: { primary: TOKEN_A, previous: 'old-token-a' }, [B]: TOKEN_B })

export type Values = Record<string, string | string[]>

/** An SMS as Twilio sends it. */
export const SMS: Values = {
  AccountSid: A,
  MessageSid: `SM${'c3'.repeat(16)}`,
  From: '+15005550006',
  To: '+15005550010',
  Body: "It's “working”, a+b",
  FromCity: '',
  FromState: 'CA',
  NumMedia: '0',
  Price: '1.5',
}

export const URL = 'https://hooks.example.com/sms'
export const FORM: Header = ['content-type', 'application/x-www-form-urlencoded']
export const JSON_TYPE: Header = ['content-type', 'application/json']

export function toForm(values: Values): string {
  const pairs = Object.entries(values).flatMap(([name, value]) =>
    [value].flat().map((each) => [name, each]),
  )
  return new URLSearchParams(pairs).toString()
}

export interface Case {
  /** What Twilio signed; default: URL. */
  signedUrl?: string
  /** The form parameters that Twilio signed; default: SMS. */
  signed?: Values
  token?: string
  /** What came; default: what was signed. */
  url?: string
  method?: string
  /** Form parameters that came; default: SMS. */
  seen?: Values
  body?: string
  headers?: Header[]
  signature?: (signature: string) => string | null
  ring?: KeyRing
  extra?: KeyRing
  publicUrl?: string | null
  configuredUrl?: string | null
  hasEndpoint?: boolean
}

export function toCapture(input: Case): CapturedRequest {
  const {
    signedUrl = URL,
    signed = SMS,
    token = TOKEN_A,
    method = 'POST',
    headers = [FORM],
  } = input
  const made = getExpectedTwilioSignature(token, signedUrl, signed)
  const signature = input.signature ? input.signature(made) : made
  const body = input.body ?? (method === 'GET' ? '' : toForm(input.seen ?? SMS))
  return {
    method,
    url: input.url ?? signedUrl,
    isSchemeAssumed: false,
    headers: signature === null ? headers : [...headers, ['X-Twilio-Signature', signature]],
    body: Buffer.from(body),
    oddities: [],
  }
}

export function ask(input: Case): Promise<Explanation> {
  return explainRequest({
    capture: toCapture(input),
    ring: input.ring ?? RING,
    extraKeys: input.extra?.all ?? [],
    publicUrl: input.publicUrl ?? null,
    configuredUrl: input.configuredUrl ?? null,
    hasEndpoint: () => input.hasEndpoint ?? true,
  })
}
