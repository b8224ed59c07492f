/**
 * A Worker's part that lives in an isolate and can die with it: whoever waits for its work gets an
 * error, and nothing that was under way has any effect from then on. The next one starts anew.
 */
import { switches, type Life } from './faulty-bindings.ts'

interface Isolate<Part> {
  part: Part
  /** Told when it ends: one for each piece of work. */
  mourners: Set<() => void>
}

/** Does a piece of work; rejects when the isolate dies before it is done. */
export type Live<Env, Part> = <T>(env: Env, work: (part: Part) => Promise<T>) => Promise<T>

export function createMortal<Env, Part>(
  by: Life['by'],
  make: (env: Env, life: Life) => Part,
): Live<Env, Part> {
  let isolate: Isolate<Part> | undefined

  function create(env: Env): Isolate<Part> {
    const mourners = new Set<() => void>()
    const life: Life = {
      ...{ by, lane: '', isDead: false },
      end() {
        life.isDead = true
        switches.isolates.delete(life)
        isolate = undefined
        for (const mourn of mourners) mourn()
      },
    }
    switches.isolates.add(life)
    return { part: make(env, life), mourners }
  }

  return async (env, work) => {
    const { part, mourners } = (isolate ??= create(env))
    const { promise: death, reject } = Promise.withResolvers<never>()
    const mourn = () => reject(new Error(`the ${by} died`))
    mourners.add(mourn)
    try {
      return await Promise.race([work(part), death])
    } finally {
      mourners.delete(mourn)
    }
  }
}
