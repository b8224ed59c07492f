/**
 * One known mistake undone: from what was seen to what Twilio may have signed. A generator yields every
 * guess of its kind, the likeliest first, and is pure.
 */
import type { MistakeCode } from '../mistakes.ts'
import type { Evidence } from '../evidence.ts'
import type { Signed } from '../signed.ts'

export interface Change {
  code: MistakeCode
  /** Which header, parameter or encoding it was: a name, never a value. */
  detail?: string
  signed: Signed
}

export type Changes = (signed: Signed, evidence: Evidence) => Iterable<Change>
