/** What a call needs from whoever makes it, and where it begins. */
import type { Param } from '../../../twilio/params.ts'
import type { Exchange, Send } from './call-request.ts'
import type { Behaviour } from './scene.ts'

export interface CallDeps {
  send: Send
  /** A URL that TwiML names, as the one to call; null: it must not be called. */
  reach: (url: string) => string | null
  behaviour: Behaviour
  makeSid: (prefix: string) => string
  /** Where Twilio goes after an error; null: the call ends. */
  fallbackUrl: string | null
  /** Once, when the first document has been accepted. */
  onAnswered: () => Promise<void>
  /** Each exchange as it is made; what was heard is added to it later. */
  record: (exchange: Exchange) => void
}

export interface CallStart {
  url: string
  callSid: string
  kind: string
  set: readonly Param[]
}
