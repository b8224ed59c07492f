import { describe, expect, it } from 'vitest'
import { parseBaseUrl, toApiUrl } from '../../../src/cli/twilio/base-url.ts'

describe('parseBaseUrl', () => {
  it.each([
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['http://localhost:8080/', 'http://localhost:8080'],
    ['http://[::1]:8080', 'http://[::1]:8080'],
    ['https://proxy.example.com/twilio/', 'https://proxy.example.com/twilio'],
  ])('takes %s', (text, value) => {
    expect(parseBaseUrl(text)).toEqual({ ok: true, value })
  })

  it.each([
    'http://api.example.com',
    'http://127.0.0.1.example.com',
    'http://localhost.example.com',
    'ftp://127.0.0.1',
    'https://user:pass@example.com',
    'https://example.com/?a=1',
    'nonsense',
  ])('refuses %s', (text) => {
    expect(parseBaseUrl(text).ok).toBe(false)
  })
})

describe('toApiUrl', () => {
  const uri = 'https://messaging.twilio.com/v1/Services?PageSize=50'

  it('leaves an address alone', () => {
    expect(toApiUrl(uri, null)).toBe(uri)
  })

  it('puts the host into the path', () => {
    expect(toApiUrl(uri, 'http://127.0.0.1:1')).toBe(
      'http://127.0.0.1:1/messaging.twilio.com/v1/Services?PageSize=50',
    )
  })

  it.each([
    'https://twilio.com.example.com/',
    'http://api.twilio.com/',
    'https://evil-twilio.com/',
  ])('sends no login to %s', (other) => {
    expect(() => toApiUrl(other, null)).toThrow(TypeError)
  })
})
