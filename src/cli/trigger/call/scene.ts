/** What a verb of TwiML has at hand while it is performed. */
import type { XmlElement } from '@rgrove/parse-xml'
import type { Param } from '../../../twilio/params.ts'
import type { CallRequest } from './call-request.ts'

export type DialStatus = 'completed' | 'busy' | 'no-answer' | 'failed' | 'canceled'
export const DIAL_STATUSES: readonly DialStatus[] = [
  'completed',
  'busy',
  'no-answer',
  'failed',
  'canceled',
]

/** What the caller, and whoever is called on, do. */
export interface Behaviour {
  /** What is keyed in at each menu, in order; at the menus behind them nothing is. */
  digits: readonly string[]
  /** How a transfer ends. */
  dial: DialStatus
}

/** What comes next: the verb behind this one, another document, or nothing. */
export type Outcome = 'continue' | 'end' | { ask: CallRequest }

export interface Scene {
  callSid: string
  dial: DialStatus
  /** The keys for the next menu; null: the caller waits. */
  takeDigits(atMost: number): string | null
  /** Whether the caller speaks after the tone; once in a call, then hangs up. */
  takeRecording(): boolean
  hear(text: string): void
  /** A URL in TwiML: relative to the document, the document itself when it is empty. */
  toRequest(kind: string, url: string, method: string | undefined, set: Param[]): CallRequest
  /** A callback beside the call, whose answer changes nothing. `about`: what it reports, in words. */
  tell(request: CallRequest, about: string): Promise<void>
  /** A document for somebody else than the caller: what they hear. */
  whisper(request: CallRequest): Promise<string[]>
  makeSid(prefix: string): string
}

export type Perform = (element: XmlElement, scene: Scene) => Outcome | Promise<Outcome>
