/**
 * A stand-in of Cloudflare's API on loopback. It remembers what was created, checks the token, can fail
 * at any call, and runs what was uploaded: `edgeUrl` is the internet's side of the deployed gateway.
 *
 * wrangler and the command are pointed at it by `env`. It knows the calls that they make and answers
 * 404 to any other, which it remembers in `unknown`.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { createAccount } from './account.ts'
import { createFaults, isChange, type Call } from './faults.ts'
import { ok, refuse, toBody, toPage, type Reply } from './reply.ts'
import { ROUTES, type World } from './routes.ts'
import { createStorage } from './storage.ts'

export const TOKEN = 'stand-in-token-of-forty-characters-00001'
const ACCOUNT_NAME = 'Example account'

export type Cloudflare = Awaited<ReturnType<typeof startCloudflare>>

export async function startCloudflare(options: { gateway?: string } = {}) {
  const account = createAccount()
  const world: World = { account, storage: createStorage(account) }
  const faults = createFaults()
  const calls: Call[] = []
  const unknown: string[] = []
  /** Seen before each call is answered. */
  let onCall: (call: Call) => void = () => {}

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', headers, url = '/' } = incoming
    const { pathname: path, searchParams: query } = new URL(url, 'http://cloudflare')
    const body = await buffer(incoming)
    const call: Call = { method, path, status: 0, isChange: isChange(method, path, String(body)) }
    onCall(call)
    const failure = faults.take(call)
    if (failure === 'drop') {
      calls.push({ ...call, isChange: false })
      incoming.socket.destroy()
      return
    }
    const reply: Reply =
      headers.authorization !== `Bearer ${TOKEN}`
        ? refuse(403, 9109, 'Invalid access token')
        : typeof failure === 'number'
          ? refuse(failure, 10000, 'the stand-in was told to fail')
          : await handle(method, path, query, body, headers['content-type'] ?? '')
    calls.push({ ...call, status: reply.status })
    if (failure === 'lost') incoming.socket.destroy()
    else {
      const type = reply.text === undefined ? 'application/json' : 'application/octet-stream'
      response.writeHead(reply.status, { 'content-type': type }).end(toBody(reply))
    }
  }

  async function handle(
    method: string,
    path: string,
    query: URLSearchParams,
    body: Buffer,
    type: string,
  ): Promise<Reply> {
    if (path === '/accounts') {
      return toPage([{ id: account.id, name: ACCOUNT_NAME }, ...account.others], query)
    }
    if (path === '/user') return ok({ id: 'user', email: 'someone@example.com' })
    const prefix = `/accounts/${account.id}`
    if (!path.startsWith(prefix)) return refuse(404, 7003, 'no such account')
    for (const [verb, pattern, run] of ROUTES) {
      const match = verb === method ? pattern.exec(path.slice(prefix.length)) : null
      if (!match) continue
      return run(world, {
        at: { ...match.groups },
        query,
        json: () => JSON.parse(String(body)),
        form: () =>
          new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData(),
      })
    }
    unknown.push(`${method} ${path.slice(prefix.length)}`)
    return refuse(404, 7000, 'No route for that URI')
  }

  const api = await listen((request, response) => {
    answer(request, response).catch((error: unknown) => {
      unknown.push(String(error))
      response.writeHead(500).end(toBody(refuse(500, 1, String(error))))
    })
  })
  const edge = await listen((request, response) => {
    pass(world, options.gateway ?? 'switchboard', request, response).catch((error: unknown) => {
      response.writeHead(502).end(String(error))
    })
  })

  return {
    account,
    storage: world.storage,
    calls,
    unknown,
    failOn: faults.failOn,
    clearFaults: faults.clear,
    faultsLeft: faults.left,
    watch: (listener: typeof onCall) => void (onCall = listener),
    /** What changed something since the last look. */
    takeChanges: () => calls.splice(0).filter((call) => call.isChange && call.status < 400),
    edgeUrl: edge.url,
    env: {
      CLOUDFLARE_API_BASE_URL: api.url,
      CLOUDFLARE_API_TOKEN: TOKEN,
      CLOUDFLARE_ACCOUNT_ID: account.id,
    },
    async stop() {
      for (const { server } of [api, edge]) {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      }
      await world.storage.stop()
    },
  }
}

/** A request from the internet, to the Worker as it was uploaded. */
async function pass(
  { storage }: World,
  name: string,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await buffer(incoming)
  const worker = await storage.worker(name)
  if (!worker) {
    response.writeHead(404).end('There is nothing here yet')
    return
  }
  const { host, connection, 'content-length': length, ...headers } = incoming.headers
  void [connection, length]
  const answer = await worker.fetch(`http://${host}${incoming.url ?? '/'}`, {
    method: incoming.method ?? 'GET',
    headers: headers as Record<string, string>,
    ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
  })
  response.writeHead(answer.status, Object.fromEntries(answer.headers))
  response.end(Buffer.from(await answer.arrayBuffer()))
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void

async function listen(listener: Listener): Promise<{ server: Server; url: string }> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new TypeError('no port')
  return { server, url: `http://127.0.0.1:${address.port}` }
}
