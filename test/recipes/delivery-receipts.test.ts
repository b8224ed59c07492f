import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SECRET } from '../e2e/switchboard.ts'
import { startReceiver, toVerifiedEvent, type Receiver } from './receiver.ts'
import { startRecipe, tryCommands, type Recipe } from './recipe.ts'

let warehouse: Receiver
let recipe: Recipe
beforeAll(async () => {
  warehouse = await startReceiver()
  const env = { WAREHOUSE_URL: `${warehouse.url}/receipts`, WAREHOUSE_SECRET: SECRET }
  recipe = await startRecipe('delivery-receipts', env)
})
afterAll(async () => {
  await recipe.stop()
  await warehouse.stop()
})

const sidOf = (n: number) => `SM${n.toString(16).padStart(32, '0')}`

async function receipt(sid: string, status: string) {
  const set: [string, string][] = [
    ['MessageSid', sid],
    ['MessageStatus', status],
  ]
  expect((await recipe.send('messaging.status', '/receipts', set)).status).toBe(204)
}

const arrived = (sid: string, status: string) =>
  warehouse.find('/receipts', ({ body }) => body.includes(sid) && body.includes(`"${status}"`))

describe('recipes/delivery-receipts', () => {
  it('brings what became of a message, signed', async () => {
    for (const status of ['queued', 'sending', 'sent', 'delivered']) await receipt(sidOf(1), status)
    const event = toVerifiedEvent(await arrived(sidOf(1), 'delivered'))
    expect(event).toMatchObject({
      kind: 'messaging.status',
      type: 'com.twilio.messaging.message.delivered',
      subject: sidOf(1),
      data: { messageStatus: 'delivered' },
    })
  })

  it('tries again when the warehouse is away, with the same id', async () => {
    warehouse.failOnce('/receipts', 503)
    await receipt(sidOf(2), 'undelivered')
    const first = await arrived(sidOf(2), 'undelivered')
    const second = await warehouse.find(
      '/receipts',
      (one) => one !== first && one.body.includes(sidOf(2)),
    )
    expect(second.headers['webhook-id']).toBe(first.headers['webhook-id'])
  })

  it('brings each of a campaign once, and nothing that is not final', async () => {
    const sids = Array.from({ length: 40 }, (_, i) => sidOf(100 + i))
    await Promise.all(
      sids.map(async (sid) => {
        await receipt(sid, 'sent')
        await receipt(sid, 'delivered')
      }),
    )
    await Promise.all(sids.map((sid) => arrived(sid, 'delivered')))
    const events = warehouse.received.map(toVerifiedEvent)
    const ofCampaign = events.filter(({ subject = '' }) => sids.includes(subject))
    expect(ofCampaign).toHaveLength(sids.length)
    const statuses = events.map(({ data }) => (data as { messageStatus: string }).messageStatus)
    expect(new Set(statuses)).toEqual(new Set(['delivered', 'undelivered']))
  })

  it('takes the commands of docs/recipes.md', async () => {
    const tried = await tryCommands('Delivery receipts', recipe.url)
    expect(tried).toHaveLength(2)
    for (const { code, out, printed } of tried) expect([code, out]).toEqual([0, printed])
  })
})
