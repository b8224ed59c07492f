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
export type Live<Env, Part> = <T>(
  env: Env,
  context: Pick<ExecutionContext, 'waitUntil'>,
  work: (part: Part) => Promise<T>,
) => Promise<T>

/**
 * What a binding was asked before a death, or before nobody waits any longer, happens or does not. The
 * local ones are cut off when their caller goes, and would take a part of it for the whole: an empty text.
 */
export const LAST_CALLS_MS = 2_000
/** Who is done earlier has waited for everything: no deadline of a Worker is shorter. */
const AT_ONCE_MS = 900

/** What whoever waits gets, instead of what was to be done. */
export class Died extends Error {}

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

  return async (env, context, work) => {
    const { part, mourners } = (isolate ??= create(env))
    const { promise: death, reject } = Promise.withResolvers<never>()
    const mourn = () => reject(new Died(`the ${by} died`))
    mourners.add(mourn)
    const startedAt = Date.now()
    let isWhole = false
    try {
      const done = await Promise.race([work(part), death])
      isWhole = Date.now() - startedAt < AT_ONCE_MS
      return done
    } finally {
      mourners.delete(mourn)
      if (!isWhole) {
        context.waitUntil(new Promise((resolve) => setTimeout(resolve, LAST_CALLS_MS)))
      }
    }
  }
}
