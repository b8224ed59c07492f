import { describe, expect, it } from 'vitest'
import { explainStatus, explainUnreachable } from '../../../src/cli/check/explain-failure.ts'
import { observeFetch } from '../../../src/cli/check/observed-fetch.ts'

const observed = { status: null, location: null, errorCode: null }
const advice = { unauthorized: 'the secret?' }

describe('explainUnreachable', () => {
  it.each([
    ['ENOTFOUND', 'DNS'],
    ['EAI_AGAIN', 'DNS'],
    ['ECONNREFUSED', 'refused'],
    ['UND_ERR_CONNECT_TIMEOUT', 'in time'],
    ['CERT_HAS_EXPIRED', 'expired'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'another host'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'not trusted'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'not trusted'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'TLS'],
    ['EPROTO', 'TLS'],
    ['UND_ERR_SOCKET', 'closed'],
    ['ECONNRESET', 'closed'],
    ['HPE_INVALID_CONSTANT', 'no HTTP'],
    ['SOMETHING_NEW', 'no connection'],
    ['', 'no connection'],
  ])('knows %s', (errorCode, word) => {
    expect(explainUnreachable({ ...observed, errorCode }).message).toContain(word)
  })
})

describe('explainStatus', () => {
  it.each([401, 403])('asks for the secret at %i', (status) => {
    expect(explainStatus({ ...observed, status }, advice).next).toBe('the secret?')
  })

  it.each([400, 404, 410, 422, 429, 500, 503])('says what to do about %i', (status) => {
    const { message, next } = explainStatus({ ...observed, status }, advice)
    expect(message).toBe(`answered ${status}`)
    expect(next).not.toBe(advice.unauthorized)
    expect(next).toBeTruthy()
  })

  it('shows where a redirect leads, without path and query', () => {
    const location = 'https://user:pw@www.example.com/secret?token=1'
    const { message } = explainStatus({ ...observed, status: 301, location }, advice)
    expect(message).toContain('https://www.example.com')
    expect(message).not.toMatch(/secret|token|pw/)
  })
})

describe('observeFetch', () => {
  const failing = (error: Error) => observeFetch(() => Promise.reject(error))

  it.each([
    [
      new TypeError('x', { cause: Object.assign(new Error('y'), { code: 'ENOTFOUND' }) }),
      'ENOTFOUND',
    ],
    [
      new TypeError('x', {
        cause: new AggregateError([Object.assign(new Error('y'), { code: 'ECONNREFUSED' })]),
      }),
      'ECONNREFUSED',
    ],
    [new TypeError('x'), ''],
  ])('keeps the code of what failed: %s', async (error, code) => {
    const one = failing(error)
    await expect(one.fetch('http://127.0.0.1')).rejects.toBe(error)
    expect(one.observed.errorCode).toBe(code)
  })
})
