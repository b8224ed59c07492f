/**
 * A `fetch` that remembers what the product's own senders leave out: they need to know that a target is
 * unreachable, and people want to know why. One for each call.
 */
export interface Observed {
  status: number | null
  /** Where a redirect leads. */
  location: string | null
  /** Why there was no answer, as Node names it: `ENOTFOUND`, `CERT_HAS_EXPIRED`; '' when it does not. */
  errorCode: string | null
}

export function observeFetch(fetch: typeof globalThis.fetch) {
  const observed: Observed = { status: null, location: null, errorCode: null }
  const observing: typeof globalThis.fetch = async (input, init) => {
    try {
      const response = await fetch(input, init)
      observed.status = response.status
      observed.location = response.headers.get('location')
      return response
    } catch (error) {
      observed.errorCode = toCode(error)
      throw error
    }
  }
  return { observed, fetch: observing }
}

/** `fetch failed` wraps what failed; where a host has several addresses, that is a list. */
function toCode(error: unknown): string {
  if (!(error instanceof Error)) return ''
  if ('code' in error && typeof error.code === 'string') return error.code
  if (error instanceof AggregateError) return toCode(error.errors[0])
  return toCode(error.cause)
}
