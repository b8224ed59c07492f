/** The ids of replays: whoever asks chooses one, and asked for twice it is one replay. */
import { randomBytes } from 'node:crypto'
import { InvalidArgumentError } from '../terminal/verb.ts'

const REPLAY_ID = /^rpl_[A-Za-z0-9]{1,40}$/

export const createReplayId = (): string => `rpl_${randomBytes(12).toString('hex')}`

/** For `.argParser`. */
export function parseReplayId(text: string): string {
  if (REPLAY_ID.test(text)) return text
  throw new InvalidArgumentError('It is rpl_ and 1 to 40 letters and digits.')
}
