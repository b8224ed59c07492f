/**
 * The consumer's bindings with switches: every call of KV, D1, the queues, the lanes and the network
 * first asks the list of faults. Without any, all calls go through as they are.
 */
import type { Called, Fault } from './fault.ts'

/** One life of an isolate, or of a lane. What is dead has bindings that never answer. */
export interface Life {
  by: 'consumer' | 'lane'
  isDead: boolean
  /** Ends this life at once. */
  end: () => void
}

export interface Switches {
  faults: (Fault & { seen: number })[]
  /** Every call so far, also those that went wrong. */
  calls: Called[]
  consumers: Set<Life>
}

export const switches: Switches = { faults: [], calls: [], consumers: new Set() }

export function setFaults(faults: readonly Fault[]): void {
  switches.faults = faults.map((fault) => ({ ...fault, seen: 0 }))
}

/** Makes a call, or what the faults make of it. */
export async function gate<T>(life: Life, call: string, make: () => Promise<T>): Promise<T> {
  if (life.isDead) return never()
  switches.calls.push({ by: life.by, call })
  const fault = findFault(life.by, call)
  if (fault?.when === 'before') return suffer(fault, life, make)
  const value = await make()
  if (life.isDead) return never()
  return fault ? suffer(fault, life, async () => value) : value
}

function findFault(by: Life['by'], call: string): Fault | undefined {
  const found = switches.faults.filter(
    (fault) => (fault.by ?? by) === by && new RegExp(fault.at, 's').test(call),
  )
  for (const fault of found) fault.seen += 1
  return found.find(({ seen, skip = 0, times = Infinity }) => seen > skip && seen <= skip + times)
}

async function suffer<T>({ effect }: Fault, life: Life, goOn: () => Promise<T>): Promise<T> {
  switch (effect) {
    case 'refuse':
      throw new Error('refused by a test')
    case 'hang':
      return never()
    case 'nothing':
      return null as T
    case 'die':
      endConsumers()
      break
    case 'kill':
      life.end()
      break
    case 'die-and-kill':
      endConsumers()
      life.end()
      break
  }
  // The call of a lane goes on when only the consumer died.
  return life.isDead ? never() : goOn()
}

function endConsumers(): void {
  for (const life of [...switches.consumers]) life.end()
}

const never = (): Promise<never> => new Promise(() => {})

/** An environment of the same shape whose bindings ask first. */
export function toFaultyEnv<Env extends ConsumerBindings>(env: Env, life: Life): Env {
  return {
    ...env,
    KV: toFaulty(env.KV, 'KV', life, ([key]) => String(key)),
    EVENTS: toFaulty(env.EVENTS, 'EVENTS', life, () => ''),
    DEAD: toFaulty(env.DEAD, 'DEAD', life, () => ''),
    LEDGER: toFaultyDatabase(env.LEDGER, life),
    LANES: toFaultyLanes(env.LANES, life),
  }
}

type Method = (...args: unknown[]) => unknown

const isMethod = (value: unknown): value is Method => typeof value === 'function'

/** Every method of a binding, each a call by its name. */
function toFaulty<T extends object>(
  binding: T,
  name: string,
  life: Life,
  toDetail: (args: unknown[]) => string,
): T {
  return new Proxy(binding, {
    get(target, key) {
      const method: unknown = Reflect.get(target, key)
      if (!isMethod(method) || typeof key !== 'string') return method
      return (...args: unknown[]) =>
        gate(life, `${name}.${key} ${toDetail(args)}`, async () => method.apply(target, args))
    },
  })
}

/** Prepared statements are no calls; running one, or a batch of them, is. */
function toFaultyDatabase(database: D1Database, life: Life): D1Database {
  const texts = new WeakMap<object, string>()
  const originals = new WeakMap<object, D1PreparedStatement>()
  const textOf = (statement: object) => (texts.get(statement) ?? '').replaceAll(/\s+/g, ' ').trim()

  function wrap(statement: D1PreparedStatement, sql: string): D1PreparedStatement {
    const wrapped = new Proxy(statement, {
      get(target, key) {
        const method: unknown = Reflect.get(target, key)
        if (!isMethod(method) || typeof key !== 'string') return method
        if (key === 'bind') {
          return (...args: unknown[]) => wrap(target.bind(...args), sql)
        }
        return (...args: unknown[]) =>
          gate(life, `LEDGER.${key} ${textOf(wrapped)}`, async () => method.apply(target, args))
      },
    })
    texts.set(wrapped, sql)
    originals.set(wrapped, statement)
    return wrapped
  }

  return new Proxy(database, {
    get(target, key) {
      const method: unknown = Reflect.get(target, key)
      if (key === 'prepare') return (sql: string) => wrap(target.prepare(sql), sql)
      if (key === 'batch') {
        return (statements: D1PreparedStatement[]) =>
          gate(life, `LEDGER.batch ${statements.map(textOf).join('; ')}`, () =>
            target.batch(statements.map((statement) => originals.get(statement) ?? statement)),
          )
      }
      return isMethod(method) ? method.bind(target) : method
    },
  })
}

/** What a stub is asked is a call by the method's and the lane's name. */
function toFaultyLanes<T extends object>(lanes: T, life: Life): T {
  const names = new WeakMap<object, string>()
  const toStub = (stub: object, name: string) =>
    new Proxy(stub, {
      get(target, key) {
        const method: unknown = Reflect.get(target, key)
        if (!isMethod(method) || typeof key !== 'string') return method
        // A method of a stub is itself a stub: it has no `apply` of its own.
        return (...args: unknown[]) =>
          gate(life, `LANES.${key} ${name}`, async () =>
            (target as Record<string, Method>)[key]?.(...args),
          )
      },
    })
  return new Proxy(lanes, {
    get(target, key) {
      const method: unknown = Reflect.get(target, key)
      if (!isMethod(method)) return method
      return (...args: unknown[]) => {
        const made = method.apply(target, args)
        const name = String(names.get(Object(args[0])) ?? args[0])
        if (key === 'get' || key === 'getByName') return toStub(Object(made), name)
        if (typeof made === 'object' && made !== null) names.set(made, name)
        return made
      }
    },
  })
}
