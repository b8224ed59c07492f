/** What the options of the numbers verbs take. */
import { isAccountSid } from '../../twilio/account.ts'
import { InvalidArgumentError } from '../terminal/verb.ts'

/** For an option that may be repeated. */
export const collect = (text: string, before: string[]): string[] => [...before, text]

export function collectAccount(text: string, before: string[]): string[] {
  if (isAccountSid(text)) return [...before, text]
  throw new InvalidArgumentError('It is AC and 32 hex digits.')
}
