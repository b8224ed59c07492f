/** The app is Express with Twilio's own middleware in front, and knows nothing of a gateway. */
import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import express from 'express'
import twilio from 'twilio'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { ROOT } from '../docs/markdown.ts'
import { AUTH_TOKEN } from '../e2e/switchboard.ts'
import { startRecipe, tryCommands, type Recipe } from './recipe.ts'

const events: Record<string, string>[] = []
let app: Server
let port = 0
let recipe: Recipe

function createApp() {
  const server = express()
  server.use(express.urlencoded({ extended: false }))
  server.use(twilio.webhook({ validate: true }, AUTH_TOKEN))
  server.post('/twilio/voice/welcome', (req, res) => {
    const response = new twilio.twiml.VoiceResponse()
    response.say(`Hello ${req.body.From}`)
    res.type('text/xml').send(response.toString())
  })
  server.post('/twilio/voice/slow', () => {
    // Never answers: the gateway gives up.
  })
  server.post('/twilio/voice/broken', (_req, res) => res.status(500).send('stack trace'))
  server.post('/twilio/sms', (_req, res) => {
    const response = new twilio.twiml.MessagingResponse()
    response.message('from the app')
    res.type('text/xml').send(response.toString())
  })
  server.post('/twilio/events', (req, res) => {
    events.push(req.body)
    res.sendStatus(204)
  })
  return server
}

async function listen() {
  app = createApp().listen(port, '127.0.0.1')
  await new Promise((resolve) => app.once('listening', resolve))
  port = (app.address() as AddressInfo).port
}

async function close() {
  app.closeAllConnections()
  await new Promise((resolve) => app.close(resolve))
}

beforeAll(async () => {
  await listen()
  recipe = await startRecipe('app-with-safety-net', { APP_URL: `http://127.0.0.1:${port}` })
})
afterAll(async () => {
  await recipe.stop()
  await close()
})

const reply = (name: string) =>
  readFileSync(join(ROOT, `recipes/app-with-safety-net/replies/${name}.xml`), 'utf8')

const eventOf = (sid: string) =>
  vi.waitFor(
    () => {
      const found = events.find(({ MessageSid, CallSid }) => [MessageSid, CallSid].includes(sid))
      if (!found) throw new Error(`no event of ${sid}`)
      return found
    },
    { timeout: 15_000 },
  )

describe('recipes/app-with-safety-net', () => {
  it('lets the app answer calls and texts', async () => {
    const call = await recipe.send('voice.inbound', '/twilio/voice/welcome')
    expect(call.text).toContain('<Say>Hello +15005550006</Say>')
    const text = await recipe.send('messaging.inbound', '/twilio/sms')
    expect(text.text).toContain('<Message>from the app</Message>')
  })

  it('tells the app a second time what it has to know, as Twilio would', async () => {
    const sid = `SM${'1'.repeat(32)}`
    await recipe.send('messaging.inbound', '/twilio/sms', [['MessageSid', sid]])
    expect(await eventOf(sid)).toMatchObject({ MessageSid: sid, NumMedia: '0' })
    const call = `CA${'2'.repeat(32)}`
    const { status } = await recipe.send('voice.call.status', '/twilio/status', [['CallSid', call]])
    expect(status).toBe(204)
    expect(await eventOf(call)).toMatchObject({ CallStatus: 'completed' })
  })

  it.each(['slow', 'broken', 'missing'])('catches callers of an app that is %s', async (path) => {
    const started = performance.now()
    const { status, text } = await recipe.send('voice.inbound', `/twilio/voice/${path}`)
    expect([status, text]).toEqual([200, reply('sorry')])
    expect(performance.now() - started).toBeLessThan(6_000)
  })

  it('says goodbye after a message, without the app', async () => {
    const { text } = await recipe.send('voice.record.action', '/safety-net/goodbye')
    expect(text).toBe(reply('goodbye'))
  })

  it('takes the commands of docs/recipes.md', async () => {
    const tried = await tryCommands('App with safety net', recipe.url)
    expect(tried).toHaveLength(3)
    for (const { code, out, printed } of tried) expect([code, out]).toEqual([0, printed])
  })

  it('answers while the app is down, and the app gets the event when it is back', async () => {
    await close()
    const sid = `SM${'3'.repeat(32)}`
    const answer = await recipe.send('messaging.inbound', '/twilio/sms', [['MessageSid', sid]])
    expect([answer.status, answer.text]).toEqual([200, reply('received')])
    const call = await recipe.send('voice.inbound', '/twilio/voice/welcome')
    expect(call.text).toBe(reply('sorry'))
    await listen()
    expect(await eventOf(sid)).toMatchObject({ MessageSid: sid })
  })
})
