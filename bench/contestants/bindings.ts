/** Stand-ins for KV and queue inside the isolate: plain objects with the few calls that are used. */
import { createDraw, KV_READ, KV_WRITE, QUEUE_SEND } from '../log-normal.ts'

interface Bindings {
  KV: KVNamespace
  EVENTS: Queue
}

/** Nothing is known and everything is stored, at once. */
export function createInstantBindings(): Bindings {
  const kv = { get: () => Promise.resolve(null), put: () => Promise.resolve() }
  const queue = { send: () => Promise.resolve(), sendBatch: () => Promise.resolve() }
  return toBindings(kv, queue)
}

/** The same after as long as the real services take. */
export function createSlowBindings(): Bindings {
  const [read, write, send] = [KV_READ, KV_WRITE, QUEUE_SEND].map((latency, seed) => {
    const draw = createDraw(latency, seed)
    return () => new Promise<null>((resolve) => setTimeout(() => resolve(null), draw()))
  })
  return toBindings({ get: read, put: write }, { send, sendBatch: send })
}

/** The real types have more methods, none of which the gateway calls. */
function toBindings(kv: object, queue: object): Bindings {
  return { KV: kv as KVNamespace, EVENTS: queue as Queue }
}
