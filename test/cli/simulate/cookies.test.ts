import { describe, expect, it } from 'vitest'
import {
  keepCookies,
  toCookieHeader,
  toSession,
  type CookieJar,
} from '../../../src/cli/simulate/cookies.ts'
import type { Param } from '../../../src/twilio/params.ts'

const MENU = 'https://hooks.example.com/voice/menu'
const sid: Param = ['CallSid', 'CA1']

describe('toSession', () => {
  it.each<[string, Param[], string | null]>([
    ['voice.inbound', [sid], 'CA1'],
    ['voice.call.status', [sid], 'CA1'],
    ['fallback', [sid], 'CA1'],
    ['voice.conference.status', [sid], null],
    ['messaging.inbound', [['MessageSid', 'SM1']], 'messages'],
    ['messaging.status', [['MessageSid', 'SM1']], null],
    ['event-streams', [], null],
  ])('%s', (kind, set, expected) => {
    expect(toSession({ kind, set })).toBe(expected)
  })
})

describe('keepCookies', () => {
  const after = (headers: string[], url = MENU, session = 'CA1') => {
    const jar: CookieJar = new Map()
    keepCookies(jar, 'CA1', MENU, headers)
    return toCookieHeader(jar, session, url)
  }

  it.each<[string, string[], string | null]>([
    ['one', ['a=1'], 'a=1'],
    ['two, with what is behind them', ['a=1; Path=/; HttpOnly', 'b=2=3'], 'a=1; b=2=3'],
    ['the later one of two', ['a=1', 'a=2'], 'a=2'],
    ['an empty value', ['a='], 'a='],
    ['none', ['', ' ; Path=/', '=1', 'a'], null],
    ['of this host', ['a=1; Domain=.example.com'], 'a=1'],
    ['of another host', ['a=1; Domain=evil.example', 'b=1; Domain=ple.com'], null],
    ['taken back', ['a=1', 'a=1; Max-Age=0'], null],
    ['taken back by a date', ['a=1', 'a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT'], null],
    ['of another path', ['a=1; Path=/sms'], null],
    ['of a path that only begins alike', ['a=1; Path=/voice/men'], null],
  ])('%s', (_what, headers, expected) => {
    expect(after(headers)).toBe(expected)
  })

  it('are for the folder they came from, and for no other call', () => {
    expect(after(['a=1'], 'https://hooks.example.com/voice/next')).toBe('a=1')
    expect(after(['a=1'], 'https://hooks.example.com/sms')).toBeNull()
    expect(after(['a=1; Path=/'], 'https://hooks.example.com/sms')).toBe('a=1')
    expect(after(['a=1'], MENU, 'CA2')).toBeNull()
  })
})
