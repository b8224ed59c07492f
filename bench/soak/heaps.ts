/**
 * What the Workers hold in their JavaScript heaps, after a collection that is forced through workerd's
 * inspector. Resident memory does not say it: V8 collects when it must, and returns little.
 */
import { z } from 'zod'

const Listed = z.array(z.object({ id: z.string(), webSocketDebuggerUrl: z.string() }))
const Answer = z.object({ id: z.number(), result: z.unknown() })
const Usage = z.object({ usedSize: z.number(), backingStorageSize: z.number().default(0) })

const MB = 1_000_000
/** An isolate that has nothing to do collects nothing, and does not answer. */
const PATIENCE_MS = 2_000

/**
 * Collects in all isolates, also those of the local KV, queues and D1, which else keep a garbage that only
 * time limits. @returns MB by the Worker's name; NaN: it does not answer.
 */
export async function readHeapsMb(
  inspectorUrl: string,
  workers: readonly string[],
): Promise<Record<string, number>> {
  const listed = Listed.parse(await (await fetch(new URL('/json', inspectorUrl))).json())
  const read = listed.map(async ({ id, webSocketDebuggerUrl }) => {
    return [id, await readHeapMb(webSocketDebuggerUrl).catch(() => NaN)] as const
  })
  const heaps = new Map(await Promise.all(read))
  return Object.fromEntries(
    workers.map((worker) => [worker, heaps.get(`core:user:${worker}`) ?? NaN]),
  )
}

async function readHeapMb(url: string): Promise<number> {
  const socket = new WebSocket(url)
  try {
    await toPromise((done, fail) => {
      socket.addEventListener('open', () => done(null))
      socket.addEventListener('error', () => fail(new Error('no inspector')))
    })
    await call(socket, 1, 'HeapProfiler.collectGarbage')
    const { usedSize, backingStorageSize } = Usage.parse(
      await call(socket, 2, 'Runtime.getHeapUsage'),
    )
    return (usedSize + backingStorageSize) / MB
  } finally {
    socket.close()
  }
}

function call(socket: WebSocket, id: number, method: string): Promise<unknown> {
  return toPromise((done) => {
    socket.addEventListener('message', ({ data }) => {
      const answer = Answer.safeParse(JSON.parse(String(data)))
      if (answer.success && answer.data.id === id) done(answer.data.result)
    })
    socket.send(JSON.stringify({ id, method }))
  })
}

/** Rejects when it takes too long. */
function toPromise(
  start: (done: (value: unknown) => void, fail: (error: Error) => void) => void,
): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  const timer = setTimeout(() => reject(new Error('the inspector does not answer')), PATIENCE_MS)
  start(resolve, reject)
  return promise.finally(() => clearTimeout(timer))
}
