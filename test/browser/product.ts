/** The whole product as a process, with targets that are real servers and webhooks that are signed. */
import { mkdirSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import twilio from 'twilio'
import { AUTH_TOKEN, createWorkspace, start, type Running } from '../e2e/switchboard.ts'

export const OPERATOR_PASSWORD = 'an-operator-has-this-one'
export const VIEWER_PASSWORD = 'a-viewer-has-this-other-one'
const USERS = {
  anna: { password: OPERATOR_PASSWORD, role: 'operator' },
  guest: { password: VIEWER_PASSWORD, role: 'viewer' },
}

export interface Target {
  url: string
  /** What it answers from now on. */
  status: number
  /** Null: a word that fits the status. */
  answer: string | null
  /** What it got, oldest first. */
  received: { headers: IncomingMessage['headers']; body: string }[]
  close: () => Promise<void>
}

export async function startTarget(): Promise<Target> {
  const target: Target = { url: '', status: 200, answer: null, received: [], close: async () => {} }
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      target.received.push({ headers: request.headers, body: String(body) })
      response.writeHead(target.status, { 'content-type': 'text/plain' })
      response.end(target.answer ?? (target.status < 300 ? 'taken' : 'the database is away'))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  target.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
  target.close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return target
}

export interface Product {
  gatewayUrl: string
  consoleUrl: string
  running: Running
  /** As Twilio sends it, signed by Twilio's own SDK: for the address that the config names, if it does. */
  send: (path: string, params: Record<string, string>, publicUrl?: string) => Promise<Response>
  stop: () => Promise<void>
}

export interface ProductOptions {
  /** The default export of a config file. */
  config: string
  /** With users, and nothing is open. */
  login?: boolean
  /** Puts something into KV and the ledger first. */
  prepare?: (statePath: string) => Promise<void>
}

export async function startProduct(options: ProductOptions): Promise<Product> {
  const { config, login = false, prepare } = options
  const workspace = createWorkspace()
  const state = join(workspace.path, 'state')
  // Where `dev` has KV and the ledger.
  const kept = join(state, 'v3')
  mkdirSync(kept, { recursive: true })
  await prepare?.(kept)
  const args = ['--config', workspace.config(config), '--port', '0', '--state', state, '--json']
  const env = {
    TWILIO_AUTH_TOKENS: AUTH_TOKEN,
    ...(login && { CONSOLE_PASSWORDS: JSON.stringify(USERS) }),
  }
  const running = await start(login ? [...args, '--login'] : args, { env, cwd: workspace.path })
  const [ready] = running.lines('dev.ready')
  return {
    gatewayUrl: running.url,
    consoleUrl: String(ready?.['console']),
    running,
    async send(path, params, publicUrl = running.url) {
      const called = publicUrl + path
      const signature = twilio.getExpectedTwilioSignature(AUTH_TOKEN, called, params)
      return fetch(running.url + path, {
        method: 'POST',
        headers: { 'x-twilio-signature': signature },
        body: new URLSearchParams(params),
      })
    },
    async stop() {
      await running.stop()
      workspace.remove()
    },
  }
}
