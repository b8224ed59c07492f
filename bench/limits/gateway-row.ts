/** A row of the gateway's table: requests of one sort, and what may be answered to them. */
import type { RawRequest } from './exchange.ts'
import type { Random } from './random.ts'
import { toMessage, toSignature, type Header, type Pair } from './wire.ts'

export interface GatewayRow {
  name: string
  /** What may be answered. `closed`: workerd may end the connection instead. */
  answers: readonly (number | 'closed')[]
  make: (random: Random) => RawRequest
  /** How many beside the other rows; 1 without it. */
  share?: number
}

type Make = (random: Random) => Buffer | RawRequest

export function toRow(
  name: string,
  answers: GatewayRow['answers'],
  make: Make,
  share = 1,
): GatewayRow {
  const toRequest = (made: Buffer | RawRequest) => ('bytes' in made ? made : { bytes: made })
  return { name, answers, make: (random) => toRequest(make(random)), share }
}

export const toPairs = (random: Random): Pair[] => toMessage(random.hex(32))
/** A signature of the right form, made without the token. */
export const forge = (random: Random): Header => toSignature(random.bytes(20).toString('base64'))
