/**
 * Bindings that count what they are asked. Each call goes through as it is, with the same result: only
 * D1's `first` becomes an `all` of the same statement, since its own answer does not say what it read.
 */
import { count, countMessage } from './tally.ts'

type Method = (...args: unknown[]) => unknown
const isMethod = (value: unknown): value is Method => typeof value === 'function'

/** Every method of a binding; `note` is told of each call before it is made. */
function watch<T extends object>(binding: T, note: (method: string, args: unknown[]) => void): T {
  return new Proxy(binding, {
    get(target, key) {
      const method: unknown = Reflect.get(target, key)
      if (!isMethod(method) || typeof key !== 'string') return method
      return (...args: unknown[]) => {
        note(key, args)
        return method.apply(target, args)
      }
    },
  })
}

/** `kv.get config`, `kv.put token`: by what stands before the colon of the key. */
export function toCountedKv(kv: KVNamespace): KVNamespace {
  return watch(kv, (method, [key]) => {
    const isKey = typeof key === 'string'
    count(`kv.${method} ${isKey ? key.split(':')[0] : 'all'}`)
  })
}

export function toCountedQueue(queue: Queue): Queue {
  return watch(queue, (method, [first]) => {
    if (method === 'send') countMessage('write', first)
    else if (method === 'sendBatch') {
      for (const { body } of first as Iterable<MessageSendRequest>) countMessage('write', body)
    }
  })
}

/** A batch that notes which messages are read, and which are done with. */
export function toCountedBatch(batch: MessageBatch): MessageBatch {
  count('batch')
  const messages = batch.messages.map((message) => {
    countMessage('read', message.body)
    return watch(message, (method) => {
      if (method === 'ack') countMessage('delete', message.body)
      if (method === 'retry') count('queue.retry')
    })
  })
  return {
    queue: batch.queue,
    metadata: batch.metadata,
    messages,
    ackAll() {
      for (const message of messages) message.ack()
    },
    retryAll(options) {
      for (const message of messages) message.retry(options)
    },
  }
}

/** Prepared statements cost nothing; running one, or a batch of them, does. */
export function toCountedDatabase(database: D1Database): D1Database {
  const originals = new WeakMap<object, { statement: D1PreparedStatement; sql: string }>()

  function wrap(statement: D1PreparedStatement, sql: string): D1PreparedStatement {
    const wrapped = new Proxy(statement, {
      get(target, key) {
        if (key === 'bind') return (...args: unknown[]) => wrap(target.bind(...args), sql)
        if (key === 'all' || key === 'run') return async () => countRows(sql, await target[key]())
        if (key === 'first') {
          return async (column?: string) => {
            const [row] = countRows(sql, await target.all()).results
            return column === undefined ? (row ?? null) : (row?.[column] ?? null)
          }
        }
        throw new Error(`nobody counts ${String(key)} of a statement`)
      },
    })
    originals.set(wrapped, { statement, sql })
    return wrapped
  }

  return new Proxy(database, {
    get(target, key) {
      if (key === 'prepare') return (sql: string) => wrap(target.prepare(sql), sql)
      if (key !== 'batch') throw new Error(`nobody counts ${String(key)} of D1`)
      return async (statements: D1PreparedStatement[]) => {
        const known = statements.map((one) => originals.get(one))
        const results = await target.batch(
          known.map((one, i) => one?.statement ?? (statements[i] as D1PreparedStatement)),
        )
        for (const [i, result] of results.entries()) countRows(known[i]?.sql ?? '', result, false)
        count('d1.calls')
        return results
      }
    },
  })
}

function countRows<T>(
  sql: string,
  result: D1Result<T>,
  isCall = true,
): D1Result<Record<string, unknown>> {
  const { rows_read: read, rows_written: written, duration } = result.meta
  const [, what = '?'] = /(?:INSERT INTO|DELETE FROM|UPDATE) (\w+)/.exec(sql) ?? []
  if (isCall) count('d1.calls')
  count('d1.read', read)
  count('d1.written', written)
  count('d1.ms', duration)
  if (written > 0) count(`d1.written ${what}`, written)
  return result as D1Result<Record<string, unknown>>
}

/** Each call of a method of a stub is a request to the object. */
export function toCountedLanes<T extends object>(lanes: T): T {
  const toStub = (stub: object) =>
    new Proxy(stub, {
      get(target, key) {
        // A method of a stub is itself a stub: it has no `apply` of its own.
        return (...args: unknown[]) => {
          count('object.requests')
          return (target as Record<string, Method>)[String(key)]?.(...args)
        }
      },
    })
  return new Proxy(lanes, {
    get(target, key) {
      const method: unknown = Reflect.get(target, key)
      if (!isMethod(method)) return method
      return (...args: unknown[]) => {
        const made = method.apply(target, args)
        return key === 'get' || key === 'getByName' ? toStub(Object(made)) : made
      }
    },
  })
}
