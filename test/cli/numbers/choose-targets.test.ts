import { describe, expect, it } from 'vitest'
import { chooseTargets, type TargetOptions } from '../../../src/cli/numbers/choose-targets.ts'
import { createTerminal } from '../../../src/cli/terminal/terminal.ts'
import { CONFIG, GATEWAY, ORIGIN, toConfig } from './resources.ts'

/** Nobody can be asked. */
const terminal = createTerminal({ json: true })

const choose = (options: Partial<TargetOptions>, config = CONFIG) =>
  chooseTargets(terminal, { overrides: 'rc=2', ...options }, { config, gateway: GATEWAY })

describe('chooseTargets', () => {
  it('takes what is given, and guesses the rest', async () => {
    const wish = await choose({
      sms: '/de/sms',
      status: 'none',
      fallback: 'https://a.example.com/',
    })
    expect(wish).toEqual({
      targets: {
        voice: { url: `${ORIGIN}/voice`, isChosen: false },
        sms: { url: `${ORIGIN}/de/sms`, isChosen: true },
        status: null,
      },
      fallbacks: { voice: 'https://a.example.com/', sms: 'https://a.example.com/' },
      overrides: 'rc=2',
    })
  })

  it('takes a path below an endpoint that stands for many, and one fallback for each channel', async () => {
    const wish = await choose({
      sms: '/app/in',
      overrides: 'none',
      fallback: 'https://a.example.com/',
      fallbackSms: 'https://b.example.com/',
    })
    expect(wish.targets.sms?.url).toBe(`${ORIGIN}/app/in`)
    expect(wish.fallbacks).toEqual({
      voice: 'https://a.example.com/',
      sms: 'https://b.example.com/',
    })
    expect(wish.overrides).toBeNull()
  })

  const refusals: [string, Partial<TargetOptions>, string][] = [
    ['several endpoints and nobody to ask', {}, 'not_interactive'],
    ['a path without an endpoint', { sms: '/nowhere' }, 'endpoint_unknown'],
    ['a whole URL', { sms: `${ORIGIN}/sms` }, 'endpoint_unknown'],
    ['an endpoint that stands for many', { sms: '/app/*' }, 'endpoint_unknown'],
    ['overrides that Twilio ignores', { sms: '/sms', overrides: 'rc=9' }, 'overrides_invalid'],
    ['the gateway as fallback', { sms: '/sms', fallback: `${ORIGIN}/x` }, 'fallback_is_gateway'],
    [
      'a fallback with bad overrides',
      { sms: '/sms', fallback: 'https://a.example.com/#rc=9' },
      'overrides_invalid',
    ],
    ['nothing at all', { voice: 'none', sms: 'none', status: 'none' }, 'no_endpoint'],
  ]

  it.each(refusals)('refuses %s', async (_name, options, code) => {
    await expect(choose(options)).rejects.toMatchObject({ code, exitCode: 2 })
  })

  it('refuses a config in which nothing fits', async () => {
    const config = toConfig({ hook: { path: '/hook' } })
    await expect(choose({}, config)).rejects.toMatchObject({ code: 'no_endpoint' })
  })
})
