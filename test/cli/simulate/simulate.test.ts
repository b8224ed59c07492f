import { afterEach, describe, expect, it, vi } from 'vitest'
import { decideAim, toPlaces, type Aim } from '../../../src/cli/simulate/aim.ts'
import { defineSimulate } from '../../../src/cli/simulate/simulate.ts'
import { UsageError } from '../../../src/cli/terminal/errors.ts'
import { createTerminal } from '../../../src/cli/terminal/terminal.ts'
import { createVerb, runVerb } from '../../../src/cli/terminal/verb.ts'

afterEach(() => vi.unstubAllEnvs())

const aim = (options: Aim) =>
  decideAim(options, { count: 1, rate: 1 }, createTerminal({ json: true }))

describe('decideAim', () => {
  it.each([
    'http://127.0.0.1:8787',
    'http://127.1.2.3',
    'http://localhost:1',
    'http://[::1]:8787',
    'http://2130706433',
  ])('lets %s be called', async (to) => {
    expect(await aim({ to })).toBe(to)
  })

  it.each([
    'https://hooks.example.com',
    'http://127.0.0.1.example.com',
    'http://127.0.0.1@hooks.example.com',
    'http://localhost.example.com',
    'http://10.0.0.1',
    'http://[::ffff:192.0.2.1]',
    'http://0.0.0.0',
  ])('refuses %s behind --to', async (to) => {
    await expect(aim({ to })).rejects.toThrow(UsageError)
  })

  const against = 'https://hooks.example.com'

  it('wants a token of its own for a deployed gateway, and a yes', async () => {
    vi.stubEnv('TWILIO_AUTH_TOKENS', '')
    await expect(aim({ against, yes: true })).rejects.toThrow('TWILIO_AUTH_TOKENS')
    vi.stubEnv('TWILIO_AUTH_TOKENS', '0123456789abcdef0123456789abcdef')
    await expect(aim({ against })).rejects.toMatchObject({ code: 'not_interactive' })
    expect(await aim({ against, yes: true })).toBe(against)
  })

  it('takes no credentials from a command line', async () => {
    vi.stubEnv('TWILIO_AUTH_TOKENS', '0123456789abcdef0123456789abcdef')
    const aimed = aim({ against: 'https://me:secret@hooks.example.com', yes: true })
    await expect(aimed).rejects.toThrow(UsageError)
    await expect(aimed).rejects.not.toThrow('secret')
  })

  it('wants one gateway, and has a default', async () => {
    await expect(aim({ against, to: 'http://127.0.0.1', yes: true })).rejects.toThrow(UsageError)
    const gateway = await aim({})
    const paths = { sms: '/a', voice: '/b', status: '/c', fallback: false as const }
    expect(toPlaces(gateway, paths)).toMatchObject({
      voice: 'http://127.0.0.1:8787/b',
      fallback: null,
    })
  })
})

describe('switchboard simulate', () => {
  it.each([
    ['too many', ['--count', '100001']],
    ['none', ['--count', '0']],
    ['too fast', ['--rate', '501']],
    ['a story that is none', ['--mix', 'massage=1']],
    ['overrides that Twilio refuses', ['--overrides', 'rc=6']],
    ['a path that leads to another host', ['--sms', '//hooks.example.com']],
    ['another that does', ['--sms', '/\\127.0.0.2:9']],
    ['a third', ['--sms', '/\t/127.0.0.2:9']],
    ['no path', ['--sms', 'sms']],
    ['a path with a query', ['--sms', '/sms?a=1']],
    ['more places than there are', ['--places', '9']],
    ['a promotion behind the end', ['--rotate', '101']],
    ['a seed that no shell would keep', ['--seed', 'a b']],
  ])('refuses %s', async (_what, args) => {
    const verb = createVerb('simulate', { summary: 'plays', examples: [] })
    defineSimulate(verb)
    await expect(runVerb(verb, args)).rejects.toThrow(UsageError)
  })

  it.each([
    ['one key', ['--rotate'], 'second_key_missing'],
    ['nowhere to fall back to', ['--mix', 'fallback=1', '--no-fallback'], 'usage'],
    ['a file that cannot be', ['--record', '/dev/null/account'], 'usage'],
  ])('refuses %s before anything is sent', async (_what, args, code) => {
    vi.stubEnv('TWILIO_AUTH_TOKENS', '0123456789abcdef0123456789abcdef')
    const verb = createVerb('simulate', { summary: 'plays', examples: [] })
    defineSimulate(verb)
    await expect(runVerb(verb, args)).rejects.toMatchObject({ code })
  })
})
