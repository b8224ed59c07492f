import { afterAll, beforeAll, expect, it } from 'vitest'
import { startSampleTarget, type SampleTarget } from '../../../src/cli/dev/sample-target.ts'
import { parseSigningSecret, signStandardWebhook } from '../../../src/delivery/standard-webhooks.ts'

const SECRET = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY='
let target: SampleTarget

beforeAll(async () => {
  target = await startSampleTarget(SECRET)
})
afterAll(() => target.stop())

function post(subject: string, secret: string) {
  const body = JSON.stringify({ id: 'evt_1', subject })
  const key = parseSigningSecret(secret)
  if (!key.ok) throw new Error('the secret is not one')
  const signed = { id: 'evt_1', timestamp: 1, body: new TextEncoder().encode(body) }
  const signature = signStandardWebhook(signed, [key.value])
  const headers = {
    'webhook-id': 'evt_1',
    'webhook-timestamp': '1',
    'webhook-signature': signature,
  }
  return fetch(target.url, { method: 'POST', headers, body })
}

it('tells a good signature from a wrong one', async () => {
  expect((await post('good', SECRET)).status).toBe(200)
  expect((await post('wrong', `whsec_${btoa('x'.repeat(32))}`)).status).toBe(401)
  expect((await target.waitFor('good', 1_000))?.verified).toBe(true)
  expect((await target.waitFor('wrong', 1_000))?.verified).toBe(false)
})

it('says that nothing came, in time', async () => {
  expect(await target.waitFor('never', 10)).toBeNull()
})

it('survives what is no event', async () => {
  expect((await fetch(target.url, { method: 'POST', body: 'not json' })).status).toBe(400)
})
