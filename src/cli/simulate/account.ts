/**
 * The account as a file: a line of JSON for the start, for each attempt as soon as it is over, and for the
 * end. It has tokens of idempotency and SIDs, all of them made up, and no key, signature, body or cookie.
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import { toReason, UsageError } from '../terminal/errors.ts'
import type { Sent, Summary } from './summary.ts'

export interface AccountStart {
  seed: string
  gateway: string
  /** The AccountSid of the webhooks: with the token and the endpoint it makes an event's id. */
  account: string
  count: number
  rate: number
}

export interface Account {
  sent: (sent: Sent) => void
  /** Without rows and examples, which the lines before it say. */
  end: (summary: Summary) => void
}

export const NO_ACCOUNT: Account = { sent: () => {}, end: () => {} }

/** Replaces the file. Ends the command when it cannot be written: before anything was sent. */
export function openAccount(path: string, start: AccountStart): Account {
  const file = openFile(path)
  const write = (event: string, about: object) =>
    void writeSync(file, `${JSON.stringify({ event, ...about })}\n`)
  write('simulate.started', start)
  return {
    sent: (sent) => write('simulate.sent', sent),
    end(summary) {
      const wrong = summary.wrong.map(({ what, count }) => ({ what, count }))
      write('simulate.ended', { ...summary, rows: undefined, wrong })
      closeSync(file)
    },
  }
}

function openFile(path: string): number {
  try {
    return openSync(path, 'w')
  } catch (error) {
    throw new UsageError(`${path} cannot be written: ${toReason(error)}`, {
      next: 'Pass another --record FILE.',
    })
  }
}
