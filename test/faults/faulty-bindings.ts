/**
 * A Worker's bindings with switches: every call of KV, D1, the queues, the lanes and the network first
 * asks the list of faults. Without any, all calls go through as they are.
 */
import { BIRTH, type Called, type Caller, type Fault, type Hit } from './fault.ts'

/** One life of an isolate, or of a lane. What is dead has bindings that never answer. */
export interface Life {
  by: Caller
  /** A lane's name; else empty. */
  lane: string
  isDead: boolean
  /** Ends this life at once. */
  end: () => void
}

type Counted = Fault & { pattern: RegExp; seen: number; hit: number }

export interface Switches {
  faults: Counted[]
  /** The calls since the faults were set, also those that went wrong; of many only the first ones. */
  calls: Called[]
  hits: Hit[]
  written: number
  /** Isolates, not lanes. */
  isolates: Set<Life>
}

export const switches: Switches = {
  faults: [],
  calls: [],
  hits: [],
  written: 0,
  isolates: new Set(),
}

const MAX_CALLS = 10_000

export function setFaults(faults: readonly Fault[]): void {
  const before = new Map(switches.faults.map((fault) => [fault.name, fault]))
  switches.faults = faults.map((fault) => {
    const { seen = 0, hit = 0 } = (fault.name !== undefined && before.get(fault.name)) || {}
    return { ...fault, pattern: new RegExp(fault.at, 's'), seen, hit }
  })
  switches.calls = []
}

/** A lane that begins knows nothing of the one before: killed, or ended by the runtime as it was idle. */
export function noteBirth({ by, lane }: Life): void {
  switches.hits.push({ fault: BIRTH, at: Date.now(), by, lane, call: '' })
}

/** Makes a call, or what the faults make of it. */
export async function gate<T>(life: Life, call: string, make: () => Promise<T>): Promise<T> {
  if (life.isDead) return never()
  if (switches.calls.length < MAX_CALLS) switches.calls.push({ by: life.by, call })
  const fault = findFault(life, call)
  if (fault?.when === 'before') return suffer(fault, life, make)
  const value = await make()
  if (life.isDead) return never()
  return fault ? suffer(fault, life, async () => value) : value
}

function findFault({ by, lane }: Life, call: string): Fault | undefined {
  const found = switches.faults.filter(
    (fault) => (fault.by ?? by) === by && fault.pattern.test(call),
  )
  for (const fault of found) fault.seen += 1
  const fault = found.find(isDrawn)
  if (fault?.name !== undefined) {
    switches.hits.push({ fault: fault.name, at: Date.now(), by, lane, call: call.slice(0, 5_000) })
  }
  if (fault) fault.hit += 1
  return fault
}

function isDrawn({ seen, hit, skip = 0, times = Infinity, share }: Counted): boolean {
  const place = seen - skip
  if (place < 1) return false
  if (share === undefined) return place <= times
  return hit < times && Math.ceil(place * share) > Math.ceil((place - 1) * share)
}

async function suffer<T>(fault: Fault, life: Life, goOn: () => Promise<T>): Promise<T> {
  switch (fault.effect) {
    case 'refuse':
      throw new Error('refused by a test')
    case 'hang':
      return never()
    case 'nothing':
      return null as T
    case 'slow':
      await new Promise((resolve) => setTimeout(resolve, fault.forMs))
      break
    case 'die':
      endIsolates()
      break
    case 'kill':
      life.end()
      break
    case 'die-and-kill':
      endIsolates()
      life.end()
      break
  }
  // The call of a lane goes on when only the consumer died.
  return life.isDead ? never() : goOn()
}

function endIsolates(): void {
  for (const life of [...switches.isolates]) life.end()
}

const never = (): Promise<never> => new Promise(() => {})

/** An environment of the same shape whose bindings ask first. */
export function toFaultyEnv<Env extends ConsumerBindings>(env: Env, life: Life): Env {
  return {
    ...env,
    KV: toFaulty(env.KV, 'KV', life, ([key]) => String(key)),
    EVENTS: toFaultyQueue(env.EVENTS, 'EVENTS', life),
    DEAD: toFaultyQueue(env.DEAD, 'DEAD', life),
    LEDGER: toFaultyDatabase(env.LEDGER, life),
    LANES: toFaultyLanes(env.LANES, life),
  }
}

/** Of the gateway. */
export function toFaultyGatewayEnv<Env extends Pick<GatewayBindings, 'KV' | 'EVENTS'>>(
  env: Env,
  life: Life,
): Env {
  return {
    ...env,
    KV: toFaulty(env.KV, 'KV', life, ([key]) => String(key)),
    EVENTS: toFaultyQueue(env.EVENTS, 'EVENTS', life),
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

/** A call by the ids of its events. Counts what the queue has taken, whatever its sender hears of it. */
function toFaultyQueue(queue: Queue, name: string, life: Life): Queue {
  const counted: Pick<Queue, 'send' | 'sendBatch'> = {
    async send(...args) {
      const sent = await queue.send(...args)
      switches.written += 1
      return sent
    },
    async sendBatch(messages, ...more) {
      const all = [...messages]
      const sent = await queue.sendBatch(all, ...more)
      switches.written += all.length
      return sent
    },
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing here calls anything else
  return toFaulty(counted as Queue, name, life, ([first]) => toIds(first).join(' '))
}

const EVENT_ID = /"event":\{"specversion":"1\.0","id":"([^"]+)"|"ref":"[a-z]+:([^"]+)"/

function toIds(sent: unknown): string[] {
  const list: unknown[] = Array.isArray(sent) ? sent : [sent]
  return list.map((one) => {
    const body: unknown = typeof one === 'object' && one !== null ? Reflect.get(one, 'body') : one
    const [, id, reference] = EVENT_ID.exec(String(body)) ?? []
    return id ?? reference ?? ''
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
