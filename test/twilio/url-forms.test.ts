import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { joinUrl, splitUrl, toUrlForms } from '../../src/twilio/url-forms.ts'

const forms = (url: string, upgrade = false) => [...toUrlForms(url, upgrade)]

describe('splitUrl', () => {
  it('names each piece with its punctuation', () => {
    expect(splitUrl('https://user:p@ss@[::1]:8443/a/b?c=@d:1/?#rc=2')).toEqual({
      scheme: 'https',
      userinfo: 'user:p@ss@',
      host: '[::1]',
      port: ':8443',
      path: '/a/b',
      query: '?c=@d:1/?',
    })
  })

  it.each(['', '/sms', 'example.com/sms', 'https://h:80a/'])('finds no URL in %j', (text) => {
    expect(splitUrl(text)).toBeNull()
  })

  it('joins to the same text, the fragment apart', () => {
    const pieces = ['h', '/', '?', '#', '@', ':', '80', '[::1]', '%27', "'", '&a=', '+é😀']
    const rest = fc.array(fc.constantFrom(...pieces), { maxLength: 8 })
    const url = rest.map((chosen) => `https://${chosen.join('')}`)
    const split = url.map((text) => ({ text, parts: splitUrl(text) }))
    fc.assert(
      fc.property(split, ({ text, parts }) => {
        expect(parts === null ? text.split('#', 1)[0] : joinUrl(parts)).toBe(text.split('#', 1)[0])
      }),
      { numRuns: 5_000 },
    )
  })
})

describe('toUrlForms', () => {
  it.each<[what: string, url: string, expected: string[]]>([
    [
      'no port',
      'https://h.example/a?b=1',
      ['https://h.example/a?b=1', 'https://h.example:443/a?b=1'],
    ],
    ['no port, http', 'http://h.example/a', ['http://h.example/a', 'http://h.example:80/a']],
    ['a port', 'https://h.example:8443/a', ['https://h.example:8443/a', 'https://h.example/a']],
    ['IPv6', 'http://[::1]:8787/a', ['http://[::1]:8787/a', 'http://[::1]/a']],
    ['a fragment', 'https://h.example/a#rc=2', ['https://h.example/a', 'https://h.example:443/a']],
    [
      'credentials',
      'https://u:p@h.example/a',
      [
        'https://h.example/a',
        'https://h.example:443/a',
        'https://u:p@h.example/a',
        'https://u:p@h.example:443/a',
      ],
    ],
    [
      'an apostrophe',
      "https://h.example/it's?a='",
      [
        "https://h.example/it's?a='",
        "https://h.example:443/it's?a='",
        "https://h.example/it's?a=%27",
        "https://h.example:443/it's?a=%27",
      ],
    ],
    [
      'an escaped apostrophe',
      'https://h.example/a?b=%27',
      [
        'https://h.example/a?b=%27',
        'https://h.example:443/a?b=%27',
        "https://h.example/a?b='",
        "https://h.example:443/a?b='",
      ],
    ],
    [
      'the root',
      'https://h.example/?a=1',
      [
        'https://h.example/?a=1',
        'https://h.example:443/?a=1',
        'https://h.example?a=1',
        'https://h.example:443?a=1',
      ],
    ],
    ['no URL', 'not a URL', ['not a URL']],
  ])('%s', (_what, url, expected) => {
    expect(forms(url)).toEqual(expected)
  })

  it('signs a WebSocket as wss, with a slash as its second thought', () => {
    expect(forms('https://h.example/media', true)).toEqual([
      'wss://h.example/media',
      'wss://h.example:443/media',
      'wss://h.example/media/',
      'wss://h.example:443/media/',
    ])
    expect(forms('http://h.example:80/media/', true)).toEqual([
      'ws://h.example:80/media/',
      'ws://h.example/media/',
    ])
    expect(forms('wss://h.example/media', true)[0]).toBe('wss://h.example/media')
  })

  it('puts the slash behind the path, where it changes no value', () => {
    expect(forms('https://h.example/media?a=1', true)).toContain('wss://h.example/media/?a=1')
    expect(forms('https://h.example/media?a=1', true)).not.toContain('wss://h.example/media?a=1/')
  })

  it('gives no form twice and never more than sixteen', () => {
    const url = fc
      .tuple(
        fc.constantFrom('https', 'http', 'wss', 'ftp'),
        fc.constantFrom('', 'u@', 'u:p@', '@'),
        fc.constantFrom('', ':', ':80', ':443', ':8443'),
        fc.constantFrom('', '/', '/a', '/a/', "/'"),
        fc.constantFrom('', '?', "?a='", '?a=%27', "?a='%27"),
      )
      .map(
        ([scheme, user, port, path, query]) => `${scheme}://${user}h.example${port}${path}${query}`,
      )
    fc.assert(
      fc.property(url, fc.boolean(), (given, upgrade) => {
        const all = forms(given, upgrade)
        expect(new Set(all).size).toBe(all.length)
        expect(all.length).toBeLessThanOrEqual(given.includes('@') ? 16 : 8)
      }),
      { numRuns: 1_000 },
    )
  })
})
