/**
 * Two who deploy at once, or an answer that was lost, make no second one of anything: Cloudflare refuses
 * a name that is taken, and whoever is refused looks again.
 */
import { CloudflareError } from '../cloudflare/api-error.ts'
import { CommandError } from '../terminal/errors.ts'

export async function createOrFind<T>(
  create: () => Promise<T>,
  find: () => Promise<T | null>,
): Promise<T> {
  try {
    return await create()
  } catch (error) {
    if (!isPerhapsThere(error)) throw error
    const other = await find()
    if (other === null) throw error
    return other
  }
}

/** Refused, perhaps since the name is taken; or nobody knows, since the answer was lost. */
function isPerhapsThere(error: unknown): boolean {
  return (
    error instanceof CloudflareError ||
    (error instanceof CommandError && error.code === 'cloudflare_unreachable')
  )
}
