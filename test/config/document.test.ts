/** The wrapped document: it comes back as it went, and a damaged one is refused with the reason. */
import { describe, expect, test } from 'vitest'
import type { CompiledConfig } from '../../src/config/compiled.ts'
import { parseDocument, toDocument } from '../../src/config/document.ts'

const config: CompiledConfig = {
  publicUrl: 'https://hooks.example.com',
  lookupBudgetMs: 50,
  endpoints: [
    {
      name: 'sms',
      path: '/sms',
      kind: null,
      deadlineMs: null,
      replies: [{ type: 'json', status: 200, json: { b: 1, a: [{ d: 2, c: 3 }] }, when: null }],
    },
  ],
  targets: [],
}
const document = toDocument(config, 'v1')
const text = JSON.stringify(document)

const reasonOf = (value: unknown) => {
  const parsed = parseDocument(value)
  return parsed.ok ? null : parsed.error.reason
}

describe('accepts', () => {
  test('the text from KV and the object that was bundled', () => {
    expect(parseDocument(text)).toEqual({ ok: true, value: { version: 'v1', config } })
    expect(parseDocument(JSON.parse(text))).toEqual({ ok: true, value: { version: 'v1', config } })
  })

  test('members in another order', () => {
    const { targets, endpoints, lookupBudgetMs, publicUrl } = config
    const [endpoint] = endpoints
    const sorted = [
      {
        ...endpoint,
        replies: [{ json: { a: [{ c: 3, d: 2 }], b: 1 }, when: null, status: 200, type: 'json' }],
      },
    ]
    const reordered = { targets, endpoints: sorted, lookupBudgetMs, publicUrl }
    expect(reasonOf({ ...document, config: reordered })).toBeNull()
  })
})

test('the same config has the same checksum in every version', () => {
  expect(toDocument(config, 'v2').sha256).toBe(document.sha256)
  expect(toDocument({ ...config, lookupBudgetMs: 51 }, 'v1').sha256).not.toBe(document.sha256)
})

test('a document of a newer version, with more in it, is whole too', () => {
  const newer = { ...config, redact: ['Body'], retentionMs: 1, somethingElse: {} }
  expect(reasonOf(JSON.stringify(toDocument(newer, 'v2')))).toBeNull()
})

describe('refuses', () => {
  test.each([
    ['not_json', text.slice(0, -10)],
    ['not_json', ''],
    ['not_json', undefined],
    ['wrong_format', 'null'],
    ['wrong_format', null],
    ['wrong_format', '[]'],
    ['wrong_format', '"text"'],
    ['wrong_format', {}],
    ['wrong_format', { ...document, format: 2 }],
    ['wrong_format', config],
    ['broken', { ...document, version: 1 }],
    ['broken', { ...document, sha256: undefined }],
    ['broken', { ...document, config: null }],
    ['broken', { ...document, config: { ...config, endpoints: {} } }],
    ['broken', { ...document, config: { ...config, targets: undefined } }],
    ['checksum', { ...document, config: { ...config, lookupBudgetMs: 5_000 } }],
    ['checksum', { ...document, config: { ...config, endpoints: [] } }],
    ['checksum', { ...document, sha256: '0'.repeat(64) }],
    ['checksum', text.replace('/sms', '/sns')],
  ])('%s %#', (reason, value) => {
    expect(reasonOf(value)).toBe(reason)
  })
})
