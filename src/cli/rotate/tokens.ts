/**
 * The auth tokens of an account at Twilio: https://www.twilio.com/docs/iam/api/authtoken. They are asked
 * for with the account's own tokens, which a sub-account has too. Twilio tells a secondary token once, at
 * its creation, and has no call that says whether there is one.
 */
import { callTwilio, LoginError, TwilioError } from '../twilio/api-error.ts'
import type { TwilioConnection } from '../twilio/client.ts'
import { applyOnce } from '../twilio/once.ts'
import type { Probe } from './decide-step.ts'

export type Created =
  | { kind: 'created'; token: string }
  /** There may be one that nobody knows. `error`: why it is thought so. */
  | { kind: 'in_the_way'; error: TwilioError }

export interface Tokens {
  probe: (token: string) => Promise<Probe>
  create: (login: string) => Promise<Created>
  /** False: there was none. */
  remove: (login: string) => Promise<boolean>
  /** `isDone` is asked when the answer got lost. */
  promote: (login: string, isDone: () => Promise<boolean>) => Promise<void>
}

export function createTokens({ as }: Pick<TwilioConnection, 'as'>, account: string): Tokens {
  const loggedIn = (password: string) => as(account, { username: account, password })
  const v1 = (password: string) => loggedIn(password).accounts.v1
  return {
    async probe(token) {
      try {
        const found = await callTwilio(`read the account ${account}`, () =>
          loggedIn(token).api.v2010.accounts(account).fetch(),
        )
        return { isAccepted: true, primary: toToken(found.authToken) }
      } catch (error) {
        if (error instanceof LoginError) return { isAccepted: false, primary: null }
        throw error
      }
    },
    async create(login) {
      try {
        const { secondaryAuthToken: token } = await callTwilio('create a secondary token', () =>
          v1(login).secondaryAuthToken().create(),
        )
        return { kind: 'created', token }
      } catch (error) {
        // A second one is refused, in words that Twilio documents nowhere; or the answer got lost.
        const isRefused = error instanceof TwilioError && [400, 409].includes(error.status ?? 0)
        if (error instanceof TwilioError && (isRefused || error.isUnclear)) {
          return { kind: 'in_the_way', error }
        }
        throw error
      }
    },
    async remove(login) {
      try {
        const remove = () =>
          callTwilio('delete the secondary token', () => v1(login).secondaryAuthToken().remove())
        // Made again at once when unclear: a second time finds nothing.
        return await applyOnce({ apply: remove, readBack: async () => null })
      } catch (error) {
        if (error instanceof TwilioError && error.isGone) return false
        throw error
      }
    },
    async promote(login, isDone) {
      await applyOnce({
        apply: async () => {
          await callTwilio('promote the secondary token', () =>
            v1(login).authTokenPromotion().update(),
          )
          return true
        },
        readBack: async () => ((await isDone()) ? true : null),
      })
    },
  }
}

/** Left out, or blacked out, for a login that may not see it. */
const toToken = (text: string | null): string | null =>
  text !== null && /^[0-9a-f]{32}$/i.test(text) ? text : null
