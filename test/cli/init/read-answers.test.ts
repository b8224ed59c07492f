import { describe, expect, it } from 'vitest'
import {
  parseChannels,
  readAnswers,
  type AnswerOptions,
} from '../../../src/cli/init/read-answers.ts'
import { readNewSecrets } from '../../../src/cli/init/read-secrets.ts'
import type { Terminal } from '../../../src/cli/terminal/terminal.ts'

const nobody: Terminal = {
  isJson: false,
  isInteractive: false,
  result: () => {},
  note: () => {},
  warn: () => {},
  step: (_title, work) => work(() => {}),
}
const read = (options: AnswerOptions) => readAnswers(options, nobody)

const APP = 'https://app.example.com/twilio'
const CRM = 'https://crm.example.com/hooks'

describe('readAnswers without a person', () => {
  it('takes everything from options', async () => {
    const answers = await read({
      channels: ['voice', 'sms'],
      app: APP,
      smsApp: `${APP}/sms`,
      events: CRM,
      publicUrl: 'https://Hooks.example.com/',
    })
    expect(answers).toEqual({
      channels: ['voice', 'sms'],
      apps: { voice: APP, sms: `${APP}/sms` },
      events: { url: CRM, format: 'cloudevents' },
      publicUrl: 'https://hooks.example.com',
    })
  })

  it('takes defaults with --yes', async () => {
    expect(await read({ yes: true })).toEqual({
      channels: ['voice', 'sms'],
      apps: { voice: null, sms: null },
      events: null,
      publicUrl: null,
    })
  })

  it('ignores the app of a channel that is not there', async () => {
    const { apps } = await read({ channels: ['sms'], app: false, voiceApp: APP, events: false })
    expect(apps).toEqual({ voice: null, sms: null })
  })

  it.each<[AnswerOptions, string]>([
    [{}, '--channels'],
    [{ channels: ['voice'] }, '--voice-app'],
    [{ channels: ['sms'] }, '--sms-app'],
    [{ channels: ['sms'], app: false }, '--events'],
  ])('names the option that answers what is open: %j', async (options, option) => {
    await expect(read(options)).rejects.toMatchObject({
      code: 'not_interactive',
      next: expect.stringContaining(option),
    })
  })

  it.each<[string, AnswerOptions]>([
    ['a private address', { app: 'http://127.0.0.1:3000/voice' }],
    ['plain http', { smsApp: 'http://app.example.com/sms' }],
    ['a wildcard', { voiceApp: 'https://app.example.com/*' }],
    ['what is no URL', { events: 'nonsense' }],
    ['a public URL with a path', { publicUrl: 'https://hooks.example.com/twilio' }],
    ['a form that there is not', { events: CRM, eventsFormat: 'xml' }],
    ['itself as the app', { app: APP, publicUrl: 'https://app.example.com' }],
    ['itself as the target', { events: CRM, publicUrl: 'https://crm.example.com' }],
    ['each request twice', { app: APP, events: APP, eventsFormat: 'twilio' }],
  ])('refuses %s', async (_what, options) => {
    await expect(read({ yes: true, ...options })).rejects.toMatchObject({ code: 'usage' })
  })

  it('allows private addresses with --local', async () => {
    const app = 'http://127.0.0.1:3000/voice'
    const { apps } = await read({ yes: true, local: true, channels: ['voice'], app })
    expect(apps.voice).toBe(app)
  })
})

describe('parseChannels', () => {
  it.each([
    ['voice', ['voice']],
    ['SMS, voice', ['voice', 'sms']],
    ['sms,sms', ['sms']],
  ])('reads %s', (text, channels) => {
    expect(parseChannels(text)).toEqual(channels)
  })

  it.each(['', 'fax', 'voice,fax', 'voice,'])('refuses "%s"', (text) => {
    expect(() => parseChannels(text)).toThrow('voice,sms')
  })
})

describe('readNewSecrets without a person', () => {
  const TOKEN = '0123456789abcdef0123456789abcdef'
  const ACCOUNT = 'AC00000000000000000000000000000001'
  const secretsFrom = async (values: Record<string, string>, account?: string) => {
    const found = await readNewSecrets({ account }, ['APP'], (name) => values[name], nobody)
    return Object.fromEntries(found.map(({ name, value }) => [name, value]))
  }

  it('leaves a line for the token and makes signing secrets', async () => {
    const found = await secretsFrom({})
    const { TWILIO_AUTH_TOKENS: token, APP: signing, CONSOLE_PASSWORDS: password, ...rest } = found
    expect([token, rest]).toEqual(['', {}])
    expect(password).toMatch(/^[\w-]{24}$/)
    expect(signing).toMatch(/^whsec_[A-Za-z0-9+/]{32}$/)
  })

  it('keeps what is set, and takes the name that Twilio’s own tools use', async () => {
    const kept = {
      TWILIO_AUTH_TOKEN: TOKEN,
      APP: 'whsec_bWluZQ==',
      TWILIO_ACCOUNT_SID: ACCOUNT,
      CONSOLE_PASSWORDS: 'of my own choice',
    }
    expect(await secretsFrom(kept)).toEqual({
      CONSOLE_PASSWORDS: 'of my own choice',
      TWILIO_AUTH_TOKENS: TOKEN,
      APP: 'whsec_bWluZQ==',
      TWILIO_ACCOUNT_SID: ACCOUNT,
    })
  })

  it('brings a key ring into one line', async () => {
    const ring = `{\n  "${ACCOUNT}": "${TOKEN}"\n}\n`
    const { TWILIO_AUTH_TOKENS: token } = await secretsFrom({ TWILIO_AUTH_TOKENS: ring })
    expect(token).toBe(`{"${ACCOUNT}":"${TOKEN}"}`)
  })

  it.each([
    ['TWILIO_AUTH_TOKENS', ACCOUNT],
    ['TWILIO_AUTH_TOKENS', '{ "AC1": "x" }'],
    ['TWILIO_AUTH_TOKEN', 'two words'],
  ])('refuses a %s that is none, without repeating it', async (name, value) => {
    const error: unknown = await secretsFrom({ [name]: value }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'bad_auth_token', exitCode: 2 })
    expect(String(error)).not.toContain(value)
  })

  it('refuses an account that is none', async () => {
    await expect(secretsFrom({}, 'AC1')).rejects.toMatchObject({ exitCode: 2 })
  })
})
