import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT } from '../docs/markdown.ts'
import { SECRET } from '../e2e/switchboard.ts'
import { startReceiver, toVerifiedEvent, type Receiver } from './receiver.ts'
import { startRecipe, tryCommands, type Recipe } from './recipe.ts'

let service: Receiver
let recipe: Recipe
beforeAll(async () => {
  service = await startReceiver()
  const env = { VOICEMAIL_URL: `${service.url}/voicemail`, VOICEMAIL_SECRET: SECRET }
  recipe = await startRecipe('phone-menu', env)
})
afterAll(async () => {
  await recipe.stop()
  await service.stop()
})

const reply = (name: string) =>
  readFileSync(join(ROOT, `recipes/phone-menu/replies/${name}.xml`), 'utf8')

describe('recipes/phone-menu', () => {
  it('answers a call with the menu', async () => {
    expect((await recipe.send('voice.inbound', '/voice')).text).toBe(reply('menu'))
  })

  it.each([
    ['1', 'sales'],
    ['2', 'support'],
    ['7', 'no-choice'],
    ['', 'no-choice'],
  ])('answers the digit %j', async (digits, name) => {
    const { text } = await recipe.send('voice.gather.action', '/voice', [['Digits', digits]])
    expect(text).toBe(reply(name))
  })

  it.each(['busy', 'no-answer', 'failed', 'canceled'])(
    'takes a message after a transfer that was %s',
    async (status) => {
      const set: [string, string][] = [['DialCallStatus', status]]
      const { text } = await recipe.send('voice.dial.action', '/voice/dialled', set)
      expect(text).toBe(reply('voicemail'))
    },
  )

  it.each(['completed', 'answered'])('hangs up after a transfer that was %s', async (status) => {
    const set: [string, string][] = [['DialCallStatus', status]]
    const { text } = await recipe.send('voice.dial.action', '/voice/dialled', set)
    expect(text).toBe('<Response><Hangup/></Response>')
  })

  it('says goodbye after the message', async () => {
    expect((await recipe.send('voice.record.action', '/voice/recorded')).text).toBe(
      reply('goodbye'),
    )
  })

  it('names in its documents only paths that it has', async () => {
    const names = ['menu', 'sales', 'support', 'no-choice', 'voicemail', 'goodbye']
    const urls = names.flatMap((name) => reply(name).match(/(?<=")\/[\w/]+|(?<=>)\/[\w/]+/g) ?? [])
    expect(new Set(urls)).toEqual(
      new Set(['/voice', '/voice/dialled', '/voice/recorded', '/voice/recording']),
    )
    for (const url of urls) expect((await recipe.send('voice.inbound', url)).status).not.toBe(404)
  })

  it('sends the recording to the service when it is ready, and nothing else', async () => {
    const statuses = ['in-progress', 'absent', 'completed']
    for (const status of statuses) {
      const set: [string, string][] = [['RecordingStatus', status]]
      const { status: answered } = await recipe.send(
        'voice.recording.status',
        '/voice/recording',
        set,
      )
      expect(answered).toBe(204)
    }
    await recipe.send('voice.call.status', '/voice/status')
    await service.find('/voicemail', ({ body }) => body.includes('"completed"'))
    await recipe.send('voice.recording.status', '/voice/recording', [['RecordingSid', LAST]])
    await service.find('/voicemail', ({ body }) => body.includes(LAST))
    const events = service.received.map(toVerifiedEvent)
    expect(events).toMatchObject([
      {
        kind: 'voice.recording.status',
        data: { recordingUrl: expect.stringContaining('https://') },
      },
      { kind: 'voice.recording.status', data: { recordingSid: LAST } },
    ])
  })

  it('takes the commands of docs/recipes.md', async () => {
    const tried = await tryCommands('Phone menu', recipe.url)
    expect(tried).toHaveLength(4)
    for (const { code, out, printed } of tried) expect([code, out]).toEqual([0, printed])
  })
})

/** What was sent before it has been looked at when this one arrives. */
const LAST = `RE${'f'.repeat(32)}`
