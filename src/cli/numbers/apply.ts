/** Makes planned changes at Twilio, a few at a time, and says how far it got. */
import { CancelledError, CommandError, WorkError } from '../terminal/errors.ts'
import type { Terminal } from '../terminal/terminal.ts'
import type { Account } from '../twilio/accounts.ts'
import { TwilioError } from '../twilio/api-error.ts'
import type { TwilioConnection } from '../twilio/client.ts'
import { forEachInLanes } from '../twilio/lanes.ts'
import { changeResource } from './resource-api.ts'
import { toCount, type Fields, type ResourceKind } from './resource.ts'

export interface Order {
  account: string
  kind: ResourceKind
  sid: string
  set: Fields
}

export interface Refused {
  sid: string
  code: string
  message: string
}

export interface ApplyOptions {
  terminal: Terminal
  connection: TwilioConnection
  accounts: readonly Account[]
  title: string
  /** Called when Twilio confirmed one. */
  onDone: (order: Order, answer: Fields) => void
  /** For the error that says how far it got. */
  halfWay: { code: string; next: string }
}

const LANES = 4

/**
 * What Twilio refuses for one resource does not stop the others. What will fail for all of them (the
 * login, no answer, a server that is down) does: a WorkError then says how many were changed.
 */
export async function applyOrders(
  orders: readonly Order[],
  options: ApplyOptions,
): Promise<Refused[]> {
  const { terminal, connection, accounts, title, onDone, halfWay } = options
  const byAccount = new Map(accounts.map((account) => [account.sid, account]))
  const refused: Refused[] = []
  if (orders.length === 0) return refused
  let done = 0
  const applyOne = async (order: Order) => {
    const account = byAccount.get(order.account)
    if (!account) throw new TypeError(`an account that was not read: ${order.account}`)
    onDone(order, await changeResource(connection, account, order, order.set))
    done += 1
  }
  try {
    await terminal.step(title, async (update) => {
      connection.tell(update)
      await forEachInLanes(orders, LANES, async (order) => {
        await applyOne(order).catch((error: unknown) => {
          if (!isAboutOne(error)) throw error
          refused.push({ sid: order.sid, code: error.code, message: error.message })
        })
        update(`${toCount(done)} of ${toCount(orders.length)}`)
      })
    })
  } catch (error) {
    if (!(error instanceof CommandError) || error instanceof CancelledError) throw error
    const message = `${error.message} ${toCount(done)} of ${toCount(orders.length)} were done before.`
    throw new WorkError(message, halfWay)
  }
  return refused
}

function isAboutOne(error: unknown): error is TwilioError {
  return error instanceof TwilioError && !error.isUnclear && error.status !== 429
}

/** The end of a run in which Twilio refused some. */
export function toRefusedError(
  refused: readonly Refused[],
  total: number,
  halfWay: { code: string; next: string },
): WorkError {
  const lines = refused.slice(0, 10).map(({ message }) => `  ${message}`)
  const more = refused.length > 10 ? [`  and ${toCount(refused.length - 10)} more`] : []
  const title = `${toCount(refused.length)} of ${toCount(total)} could not be changed:`
  return new WorkError([title, ...lines, ...more].join('\n'), halfWay)
}
