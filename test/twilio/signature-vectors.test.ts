/**
 * The vectors of Twilio's own SDKs, step by step, so that a failure points at the step. In none of them
 * does our verdict differ from the SDK's; in a computed one it does, on purpose: see DIFFERENCES.
 */
import twilio from 'twilio'
import { describe, expect, it } from 'vitest'
import { parseSignature, toSignature } from '../../src/twilio/hmac.ts'
import type { Param } from '../../src/twilio/params.ts'
import { toBodyHash, verifySignature, type SignedRequest } from '../../src/twilio/signature.ts'
import { toSignedText } from '../../src/twilio/signed-text.ts'
import { toUrlForms } from '../../src/twilio/url-forms.ts'
import data from './signature-vectors.json' with { type: 'json' }

interface Vector {
  id: string
  token: string
  url: string
  bodyType: SignedRequest['bodyType']
  pairs: Param[]
  body: string | null
  signature: string
  signedUrl: string | null
  signedText: string | null
  bodyHash: string | null
  verdict: string
  sdkAccepts: boolean
}

// The file's shape is this test's own: what is wrong in it fails a test below.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const vectors = data.vectors as unknown as Vector[]
const named = vectors.map((vector) => [vector.id, vector] as const)
const signed = named.filter(([, { signedUrl }]) => signedUrl !== null)

const DIFFERENCES = new Map([
  ['x-fragment-not-signed', 'node signs the fragment; the docs say that Twilio does not'],
])

const toRequest = ({ url, signature, bodyType, pairs, body }: Vector): SignedRequest => ({
  url,
  signature,
  bodyType,
  pairs,
  body: Buffer.from(body ?? ''),
})
const toKey = (token: string) => ({ name: 'primary', account: null, token })

describe('the vectors', () => {
  it('are all there', () => {
    expect(vectors).toHaveLength(35)
    expect(signed).toHaveLength(29)
  })

  it.each(signed)('%s: URL and parameters make the signed text', (_id, vector) => {
    expect(toSignedText(vector.signedUrl ?? '', vector.pairs)).toBe(vector.signedText)
  })

  it.each(signed)('%s: the signed text makes the signature', (_id, vector) => {
    expect(toSignature(vector.token, vector.signedText ?? '')).toBe(vector.signature)
    expect(parseSignature(vector.signature)).toHaveLength(20)
  })

  it.each(named.filter(([, { verdict }]) => verdict === 'valid'))(
    '%s: the signed URL is one of the forms of the URL',
    (_id, vector) => {
      expect([...toUrlForms(vector.url)]).toContain(vector.signedUrl)
    },
  )

  it.each(named.filter(([, { body }]) => body !== null))(
    '%s: the hash of the body',
    (_id, vector) => {
      expect(toBodyHash(Buffer.from(vector.body ?? ''))).toBe(vector.bodyHash)
    },
  )

  it.each(named)('%s: the verdict', (_id, vector) => {
    const result = verifySignature(toRequest(vector), [toKey(vector.token)])
    expect(result.ok ? 'valid' : result.error.reason).toBe(vector.verdict)
  })

  it.each(named)('%s: the verdict of the SDK for node', (id, vector) => {
    const { token, signature, url, pairs, body } = vector
    const accepted =
      body === null
        ? twilio.validateRequest(token, signature, url, toSdkParams(pairs))
        : twilio.validateRequestWithBody(token, signature, url, body)
    expect(accepted).toBe(vector.sdkAccepts)
    expect(accepted === (vector.verdict === 'valid')).toBe(!DIFFERENCES.has(id))
  })
})

/** A repeated name becomes an array, as Express makes it. */
function toSdkParams(pairs: Param[]): Record<string, string[]> {
  const params = new Map<string, string[]>()
  for (const [name, value] of pairs) params.set(name, [...(params.get(name) ?? []), value])
  return Object.fromEntries(params)
}
