/** The small pure parts: overrides, masks, guesses, selections. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findRingGaps } from '../../../src/cli/numbers/account-notes.ts'
import { toGatewayAddress } from '../../../src/cli/numbers/gateway-address.ts'
import { guessEndpoints } from '../../../src/cli/numbers/guess-endpoint.ts'
import { maskUrl } from '../../../src/cli/numbers/mask.ts'
import { parseOverrides, RECOMMENDED_OVERRIDES } from '../../../src/cli/numbers/overrides.ts'
import { chooseResources, readSelection } from '../../../src/cli/numbers/selection.ts'
import { parseKeyRing } from '../../../src/twilio/keyring.ts'
import { CONFIG, toConfig, toResource } from './resources.ts'

describe('parseOverrides', () => {
  it.each([
    RECOMMENDED_OVERRIDES,
    'ct=100&rt=15000&tt=15000',
    'sni=n',
    'e=dublin,london-ix',
    'rp=all',
  ])('takes %s', (fragment) => {
    expect(parseOverrides(fragment)).toEqual({ ok: true, value: fragment })
  })

  it.each([
    ['rc=6', ['rc']],
    ['rc=-1', ['rc']],
    ['rc=', ['rc']],
    ['rc', ['rc']],
    ['ct=99', ['ct']],
    ['ct=10001', ['ct']],
    ['tt=15001', ['tt']],
    ['rt=1e3', ['rt']],
    ['rp=5xx,3xx', ['rp']],
    ['e=mars', ['e']],
    ['sni=yes', ['sni']],
    ['RC=1', ['RC']],
    ['', ['']],
    ['rc=1&rc=1', ['rc']],
    ['x=1&rc=9&rt=5000', ['x', 'rc']],
  ])('refuses %s', (fragment, keys) => {
    const parsed = parseOverrides(fragment)
    expect(parsed.ok ? [] : parsed.error.map(({ key }) => key)).toEqual(keys)
  })
})

describe('maskUrl', () => {
  it.each([
    ['https://a.example.com/x', 'https://a.example.com/x'],
    ['https://user:p@ss@a.example.com/x', 'https://***@a.example.com/x'],
    ['https://user@a.example.com', 'https://***@a.example.com'],
    ['https://a.example.com/x@y', 'https://a.example.com/x@y'],
    ['https://a.example.com/?k=v&w&e=#rc=1', 'https://a.example.com/?k=***&***&e=***#rc=1'],
    ['https://u:p@a.example.com?x=http://v:w@b/', 'https://***@a.example.com?x=***'],
  ])('%s', (url, masked) => {
    expect(maskUrl(url)).toBe(masked)
  })
})

describe('guessEndpoints', () => {
  it('goes by name and by path', () => {
    expect(guessEndpoints(CONFIG, 'voice')).toEqual(['/voice'])
    expect(guessEndpoints(CONFIG, 'status')).toEqual(['/status'])
    const calls = toConfig({ first: { path: '/twilio/calls' } })
    expect(guessEndpoints(calls, 'voice')).toEqual(['/twilio/calls'])
    expect(guessEndpoints(calls, 'sms')).toEqual([])
  })

  it('gives all that fit', () => {
    expect(guessEndpoints(CONFIG, 'sms')).toEqual(['/sms', '/de/sms'])
  })

  it('prefers one that pins the kind, and leaves out one that pins another', () => {
    const endpoints = { sms: { path: '/sms' }, other: { path: '/in', kind: 'messaging.inbound' } }
    expect(guessEndpoints(toConfig(endpoints), 'sms')).toEqual(['/in'])
    const pinned = { voice: { path: '/voice', kind: 'fallback' } }
    expect(guessEndpoints(toConfig(pinned), 'voice')).toEqual([])
  })

  it('never guesses one that stands for many paths', () => {
    expect(guessEndpoints(toConfig({ voice: { path: '/voice/*' } }), 'voice')).toEqual([])
  })
})

describe('readSelection', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'only-')), 'numbers.txt')

  it('takes numbers as people write them, SIDs, short codes and files', () => {
    const sid = `PN${'a'.repeat(32)}`
    writeFileSync(file, `# the first ones\n+1 500 555 0010\r\n\n${sid} # a SID\n`)
    expect(readSelection(['+1 (500) 555-0006', '12345', file, sid])).toEqual([
      '+15005550006',
      '12345',
      '+15005550010',
      sid,
    ])
  })

  it('takes nothing for everything', () => {
    expect(readSelection([])).toBeNull()
  })

  it('refuses what is none of them, without saying it again', () => {
    const refused = expect.objectContaining({ code: 'selection_invalid', exitCode: 2 })
    expect(() => readSelection(['5005550006x'])).toThrow(refused)
    writeFileSync(file, '+15005550006\n5005550006x\n')
    expect(() => readSelection([file])).toThrow(refused)
    expect(() => readSelection([file])).not.toThrow(/5005550006/)
  })
})

describe('chooseResources', () => {
  const number = toResource('number', 'PN1', { name: '+15005550006' })
  const service = toResource('service', 'MG1', { name: '+15005550006' })
  const all = [number, service]

  it('finds by phone number and by SID', () => {
    expect(chooseResources(all, ['+15005550006'])).toEqual([number])
    expect(chooseResources(all, ['MG1'])).toEqual([service])
    expect(chooseResources(all, null)).toEqual(all)
  })

  it('refuses what is not there, without saying it again', () => {
    const choose = () => chooseResources(all, ['MG1', '+15005550007'])
    expect(choose).toThrow(expect.objectContaining({ code: 'selection_unknown' }))
    expect(choose).not.toThrow(/5005550007/)
  })
})

describe('findRingGaps', () => {
  const account = (sid: string, authToken: string | null) => ({ sid, authToken }) as never
  const sid = `AC${'1'.repeat(32)}`
  const other = `AC${'2'.repeat(32)}`
  const gaps = (secret: string) => {
    const ring = parseKeyRing(secret)
    if (!ring.ok) throw new Error('no ring')
    return findRingGaps([account(sid, 'one'), account(other, 'two')], ring.value)
  }

  it('finds accounts whose webhooks the gateway would refuse', () => {
    expect(gaps(JSON.stringify({ [sid]: 'one', [other]: 'two' }))).toEqual([])
    expect(gaps(JSON.stringify({ [sid]: 'one' }))).toEqual([other])
    expect(gaps('one')).toEqual([other])
    expect(gaps(JSON.stringify({ [sid]: { now: 'new', before: 'one' }, '*': 'two' }))).toEqual([])
  })

  it('says nothing about what it does not know', () => {
    const ring = parseKeyRing('one')
    if (!ring.ok) throw new Error('no ring')
    expect(findRingGaps([account(sid, null)], ring.value)).toEqual([])
  })
})

describe('toGatewayAddress', () => {
  it('needs a publicUrl', () => {
    expect(() => toGatewayAddress({ ...CONFIG, publicUrl: null }, 'a.ts')).toThrow(
      expect.objectContaining({ code: 'public_url_missing', exitCode: 2 }),
    )
  })
})
