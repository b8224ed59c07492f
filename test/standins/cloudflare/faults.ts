/** Calls that go wrong, and the record of all calls: so that a test can say "changed nothing". */

export interface Call {
  method: string
  path: string
  status: number
  /** It changes something: not a GET, and not a SELECT either. */
  isChange: boolean
}

/**
 * A status: refused, and nothing done. `drop`: the connection ends before anything is done. `lost`: it
 * is done, and the connection ends without an answer.
 */
export type Failure = number | 'drop' | 'lost'

interface Fault {
  method: string
  path: RegExp
  failure: Failure
  times: number
}

export function createFaults() {
  let faults: Fault[] = []
  return {
    failOn(method: string, path: RegExp, failure: Failure, times = 1) {
      faults.push({ method, path, failure, times })
    },
    clear() {
      faults = []
    },
    /** Faults that have not happened yet. */
    left: () => faults.filter(({ times }) => times > 0).length,
    /** Of what is not a GET only changes fail. */
    take({ method, path, isChange: changes }: Call): Failure | null {
      if (method !== 'GET' && !changes) return null
      const fault = faults.find(
        (each) => each.times > 0 && each.method === method && each.path.test(path),
      )
      if (!fault) return null
      fault.times -= 1
      return fault.failure
    },
  }
}

export function isChange(method: string, path: string, body: string): boolean {
  if (method === 'GET') return false
  const isQuery = method === 'POST' && /\/d1\/database\/[^/]+\/query$/.test(path)
  return !(isQuery && /^\{"sql":"\s*SELECT\b/i.test(body))
}
