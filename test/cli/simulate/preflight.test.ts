import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { checkGateway } from '../../../src/cli/simulate/preflight.ts'
import { parseForm } from '../../../src/twilio/params.ts'
import { signWebhook } from '../../../src/twilio/signature.ts'

const signer = { account: `AC${'1'.repeat(32)}`, token: '0123456789abcdef0123456789abcdef' }
const PUBLIC = 'https://hooks.example.com'
const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

const WELL = { status: 'ok', problems: [], config: 'a', format: 1 }

/** A gateway that knows these keys; `answer` is there before it. */
async function serve(
  keys: readonly string[],
  answer: (request: IncomingMessage, response: ServerResponse) => boolean = () => false,
) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    let body = ''
    asked.push(`${request.method} ${request.url}`)
    request
      .on('data', (chunk) => (body += chunk))
      .on('end', () => {
        if (answer(request, response)) return
        if (request.method === 'GET') return void response.end(JSON.stringify(WELL))
        const pairs = parseForm(body)
        const isKnown = keys.some(
          (token) =>
            signWebhook({ url: `${PUBLIC}/healthz`, pairs, token }) ===
            request.headers['x-twilio-signature'],
        )
        response.writeHead(isKnown ? 204 : 403).end()
      })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return { gateway: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

async function check(gateway: string, second: string | null = null, publicUrl = PUBLIC) {
  const warnings: string[] = []
  const warn = (text: string) => void warnings.push(text)
  await checkGateway({ gateway, publicUrl, signer, second }, { warn })
  return warnings
}

describe('checkGateway', () => {
  it('lets a gateway pass that is well and knows the keys', async () => {
    const second = 'f'.repeat(32)
    const { gateway, asked } = await serve([signer.token, second])
    expect(await check(gateway, second)).toEqual([])
    expect(asked).toEqual(['GET /healthz', 'POST /healthz', 'POST /healthz'])
  })

  it('warns when the key to be promoted is unknown there', async () => {
    const { gateway } = await serve([signer.token])
    expect(await check(gateway, 'f'.repeat(32))).toHaveLength(1)
  })

  it.each<[string, readonly string[], string]>([
    ['another key', ['f'.repeat(32)], PUBLIC],
    ['another address', [signer.token], 'https://other.example.com'],
  ])('refuses %s', async (_what, keys, publicUrl) => {
    const { gateway } = await serve(keys)
    await expect(check(gateway, null, publicUrl)).rejects.toMatchObject({ code: 'key_unknown' })
  })

  it('follows no redirect, and asks whoever is no gateway nothing more', async () => {
    const other = await serve([signer.token])
    const { gateway, asked } = await serve([], (_request, response) => {
      response.writeHead(307, { location: `${other.gateway}/healthz` }).end()
      return true
    })
    await expect(check(gateway)).rejects.toMatchObject({ code: 'gateway_unwell' })
    expect([asked, other.asked]).toEqual([['GET /healthz'], []])
  })

  it('says what a gateway says of itself, and what is not there', async () => {
    const { gateway } = await serve([], (_request, response) => {
      const body = { ...WELL, status: 'misconfigured', problems: ['no token'] }
      response.writeHead(503).end(JSON.stringify(body))
      return true
    })
    await expect(check(gateway)).rejects.toThrow('no token')
    await expect(check('http://127.0.0.1:9')).rejects.toMatchObject({ code: 'gateway_unwell' })
  })

  it('a test that fails otherwise is told too', async () => {
    const { gateway } = await serve([], ({ method }, response) => {
      if (method === 'POST') response.writeHead(503).end()
      return method === 'POST'
    })
    await expect(check(gateway)).rejects.toThrow('503')
  })
})
