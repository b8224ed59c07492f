import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SECRET } from '../e2e/switchboard.ts'
import { startReceiver, toVerifiedEvent, type Receiver } from './receiver.ts'
import { startRecipe, tryCommands, type Recipe } from './recipe.ts'

let services: Receiver
let recipe: Recipe
beforeAll(async () => {
  services = await startReceiver()
  recipe = await startRecipe('crm-and-slack', {
    CRM_URL: `${services.url}/crm`,
    CRM_SIGNING_SECRET: SECRET,
    SLACK_TEAM_URL: `${services.url}/team`,
    SLACK_OPS_URL: `${services.url}/ops`,
  })
})
afterAll(async () => {
  await recipe.stop()
  await services.stop()
})

const textOf = ({ body }: { body: string }) => (JSON.parse(body) as { text: string }).text

describe('recipes/crm-and-slack', () => {
  it('gives a message to the CRM, signed, and to the team, to read', async () => {
    const { text } = await recipe.send('messaging.inbound', '/sms', [['Body', 'Where is it? <b>']])
    expect(text).toBe('<Response><Message>Thanks, we come back to you.</Message></Response>')
    const event = toVerifiedEvent(await services.find('/crm', () => true))
    expect(event).toMatchObject({ kind: 'messaging.inbound', data: { body: 'Where is it? <b>' } })
    const shown = textOf(await services.find('/team', () => true))
    expect(shown).toContain('+15005550006')
    expect(shown).toContain('> Where is it? &lt;b&gt;')
  })

  it('gives statuses to the CRM only', async () => {
    await recipe.send('voice.call.status', '/status', [['CallStatus', 'no-answer']])
    const call = await services.find('/crm', ({ body }) => body.includes('"no-answer"'))
    expect(toVerifiedEvent(call)).toMatchObject({ kind: 'voice.call.status' })
    await recipe.send('messaging.status', '/status', [['MessageStatus', 'failed']])
    await services.find('/crm', ({ body }) => body.includes('"failed"'))
    expect(services.received.filter(({ path }) => path !== '/crm').map(textOf)).toHaveLength(1)
  })

  it('tells operators what Twilio complains about', async () => {
    await recipe.send('debugger', '/debugger')
    const shown = textOf(await services.find('/ops', () => true))
    expect(shown).toMatch(/\*Twilio \w+ \d+\*/)
  })

  it('takes the commands of docs/recipes.md', async () => {
    const tried = await tryCommands('CRM and Slack', recipe.url)
    expect(tried).toHaveLength(3)
    for (const { code, out, printed } of tried) expect([code, out]).toEqual([0, printed])
    await services.find('/team', ({ body }) => body.includes('Where is my order?'))
  })

  it('tells operators that the CRM is gone, and the team still gets messages', async () => {
    services.failOnce('/crm', 410)
    await recipe.send('voice.call.status', '/status')
    const alert = await services.find('/ops', ({ body }) =>
      body.includes('switchboard.target.paused'),
    )
    expect(textOf(alert)).toContain('crm')
    await recipe.send('messaging.inbound', '/sms', [['Body', 'after the alert']])
    await services.find('/team', ({ body }) => body.includes('after the alert'))
    expect(services.received.filter(({ body }) => body.includes('after the alert'))).toHaveLength(1)
  })
})
