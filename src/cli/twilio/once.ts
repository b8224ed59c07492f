/** A change whose answer got lost is looked at before it is made again. */
import { TwilioError } from './api-error.ts'

const MAX_TRIES = 3

export interface Change<T> {
  /** Makes the change. */
  apply: () => Promise<T>
  /** What the change would have given if it is there already; null: it is not. */
  readBack: () => Promise<T | null>
}

/**
 * Makes a change and gives Twilio's answer. When it is not known whether it was made, Twilio is asked;
 * only if it was not, it is made again, three times at most. For changes that may be made twice without
 * harm, should a request that seemed lost arrive late.
 */
export async function applyOnce<T>({ apply, readBack }: Change<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await apply()
    } catch (error) {
      if (!(error instanceof TwilioError && error.isUnclear)) throw error
      const found = await readBack()
      if (found !== null) return found
      if (tries === MAX_TRIES) throw error
    }
  }
}
