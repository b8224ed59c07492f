import { createServer, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { parseKeyRing, type KeyRing } from '../../../src/twilio/keyring.ts'
import { signWebhook } from '../../../src/twilio/signature.ts'
import type { D1Database } from '../../../src/cli/cloudflare/d1.ts'
import { sendTestEvent } from '../../../src/cli/deploy/test-event.ts'

const ACCOUNT = `AC${'1'.repeat(32)}`
const URL_OF_GATEWAY = 'https://hooks.example.com'

let server: Server | undefined
afterEach(() => new Promise((resolve) => (server ? server.close(resolve) : resolve(null))))

/** A gateway that answers with these, the last one for ever. */
async function startGateway(statuses: number[]) {
  const bodies: { body: string; signature: unknown }[] = []
  server = createServer((request, response) => {
    void text(request).then((body) => {
      bodies.push({ body, signature: request.headers['x-twilio-signature'] })
      response.writeHead((statuses.length > 1 ? statuses.shift() : statuses[0]) ?? 500).end()
    })
  })
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return { via: `http://127.0.0.1:${port}`, bodies }
}

function createClock() {
  let ms = 0
  return { now: () => ms, sleep: async (pauseMs: number) => void (ms += pauseMs) }
}

/** A ledger that has the event at the n-th question for it. */
function createLedger(hasItAt: number): D1Database & { asked: unknown[][] } {
  const asked: unknown[][] = []
  return {
    asked,
    async query(sql, params, row) {
      if (sql.includes('max(seq)')) return [row.parse({ seq: 41 })]
      asked.push([...params])
      return asked.length >= hasItAt ? [row.parse({ seq: 42 })] : []
    },
  }
}

function ring(secret: string): KeyRing {
  const parsed = parseKeyRing(secret)
  if (!parsed.ok) throw new Error(parsed.error.reason)
  return parsed.value
}

const send = (
  via: string,
  ledger: D1Database,
  keys = ring(`{"${ACCOUNT}":"first","*":"second"}`),
) =>
  sendTestEvent({
    via,
    url: URL_OF_GATEWAY,
    ring: keys,
    ledgers: [ledger],
    testId: 'test_1',
    waitMs: 30_000,
    onProgress: () => {},
    clock: createClock(),
  })

describe('sendTestEvent', () => {
  it('is signed by the first key for the public address, and waits for the ledger', async () => {
    const gateway = await startGateway([204])
    const ledger = createLedger(3)
    expect(await send(gateway.via, ledger)).toBe(750)
    const pairs = [
      ['AccountSid', ACCOUNT],
      ['TestId', 'test_1'],
    ] as [string, string][]
    expect(gateway.bodies).toEqual([
      {
        body: `AccountSid=${ACCOUNT}&TestId=test_1`,
        signature: signWebhook({ url: `${URL_OF_GATEWAY}/healthz`, pairs, token: 'first' }),
      },
    ])
    expect(ledger.asked).toEqual(Array.from({ length: 3 }, () => [41, 'test_1']))
  })

  it('tries again while another version answers', async () => {
    const gateway = await startGateway([404, 405, 503, 403, 204])
    await send(gateway.via, createLedger(1))
    expect(gateway.bodies).toHaveLength(5)
  })

  it.each([
    [403, 'test_unsigned'],
    [404, 'test_refused'],
  ])('ends in time when the gateway says %i', async (status, code) => {
    const gateway = await startGateway([status])
    await expect(send(gateway.via, createLedger(1))).rejects.toMatchObject({ code })
  })

  it('ends in time when the ledger never has it', async () => {
    const gateway = await startGateway([204])
    await expect(send(gateway.via, createLedger(Infinity))).rejects.toMatchObject({
      code: 'test_lost',
    })
  })

  it('says so when nobody answers', async () => {
    await expect(send('http://127.0.0.1:1', createLedger(1))).rejects.toMatchObject({
      code: 'test_refused',
    })
  })
})
