import { describe, expect, it } from 'vitest'
import { judgeReceipt, judgeTwiml, type Answer } from '../../../src/cli/trigger/call/answer.ts'
import { toAnswer } from './telephone.ts'

const GOOD = { text: '<Response/>' }

const CASES: [code: number | null, answer: Partial<Answer>][] = [
  [null, GOOD],
  [null, { ...GOOD, contentType: 'Application/XML; charset=utf-8' }],
  [null, { ...GOOD, contentType: 'text/plain' }],
  [null, { ...GOOD, status: 299 }],
  [11200, { ...GOOD, status: 404 }],
  [11200, { ...GOOD, status: 500 }],
  [11200, { ...GOOD, status: 302 }],
  [11203, { ...GOOD, durationMs: 15_001 }],
  [11205, { ...GOOD, failure: 'refused' }],
  [11750, { text: `<Response>${' '.repeat(70_000)}</Response>` }],
  [11770, { text: ' ' }],
  [12100, { text: '<Response>' }],
  [12102, { text: '<Html/>' }],
  [12300, { ...GOOD, contentType: '' }],
  [12300, { ...GOOD, contentType: 'application/json' }],
]

describe('judgeTwiml', () => {
  it.each(CASES)('%s: %j', (code, answer) => {
    const judged = judgeTwiml(toAnswer(answer))
    expect(judged.ok ? null : judged.error.code).toBe(code)
  })

  it('says nothing of the document itself', () => {
    const judged = judgeTwiml(toAnswer({ text: '<Response>+15005550006<' }))
    expect(JSON.stringify(judged)).not.toContain('1500')
  })
})

describe('judgeReceipt', () => {
  it('asks for a status and nothing else', () => {
    expect(judgeReceipt(toAnswer({ status: 204, contentType: '' })).ok).toBe(true)
    expect(judgeReceipt(toAnswer({ text: '{' })).ok).toBe(true)
    expect(judgeReceipt(toAnswer({ status: 503 })).ok).toBe(false)
  })
})
