import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { MISTAKES, type MistakeCode } from '../../../src/cli/explain/mistakes.ts'
import {
  A,
  ask,
  B,
  FORM,
  JSON_TYPE,
  OTHER_TOKEN,
  RING,
  SMS,
  toForm,
  TOKEN_A,
  TOKEN_B,
  toRing,
  URL,
  type Case,
} from './ask.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const EVENTS = '[{"specversion":"1.0","id":"EZ1","source":"/é"}]'
const asJson = { signed: {}, headers: [JSON_TYPE], body: EVENTS }
const hashed = (text: string, url = URL) =>
  `${url}${url.includes('?') ? '&' : '?'}bodySHA256=${sha256(text)}`
const asGet = { signed: {}, method: 'GET', headers: [] }
const without = (...names: string[]) =>
  Object.fromEntries(Object.entries(SMS).filter(([name]) => !names.includes(name)))
const Q = `${URL}?b=x+y&a=1%2B1&tenant=t'1`

const CASES: [what: string, codes: MistakeCode[], input: Case][] = [
  // The address.
  ['TLS ended before the gateway', ['scheme'], { url: URL.replace('https', 'http') }],
  ['http in Twilio', ['scheme'], { signedUrl: URL.replace('https', 'http'), url: URL }],
  [
    'a proxy that names the host',
    ['proxy_host'],
    { url: 'https://10.0.0.7/sms', headers: [FORM, ['X-Forwarded-Host', 'hooks.example.com, in']] },
  ],
  [
    'a proxy that names the host in Forwarded',
    ['proxy_host', 'scheme'],
    {
      url: 'http://app:8080/sms',
      headers: [FORM, ['Forwarded', 'for=1.2.3.4;host="hooks.example.com";proto=https']],
    },
  ],
  [
    'publicUrl is another host than Twilio calls',
    ['proxy_host'],
    { signedUrl: 'https://gw.workers.dev/sms', publicUrl: 'https://hooks.example.com' },
  ],
  [
    'www. in Twilio',
    ['proxy_host'],
    { signedUrl: 'https://www.example.com/sms', url: 'https://example.com/sms' },
  ],
  [
    'another port in Twilio',
    ['port'],
    { signedUrl: 'https://hooks.example.com:8443/sms', url: URL },
  ],
  [
    'another port, which a header names',
    ['port'],
    {
      signedUrl: 'https://hooks.example.com:4711/sms',
      url: 'https://hooks.example.com:10000/sms',
      headers: [FORM, ['X-Forwarded-Port', '4711']],
    },
  ],
  [
    'upper case in the host',
    ['host_case'],
    {
      signedUrl: 'https://Hooks.Example.com/sms',
      url: URL,
      headers: [FORM, ['Host', 'Hooks.Example.com']],
    },
  ],
  [
    'a handshake that lost its headers',
    ['websocket_scheme'],
    { ...asGet, signedUrl: 'wss://hooks.example.com/sms', url: URL },
  ],
  // The path.
  ['a slash added', ['trailing_slash'], { url: `${URL}/` }],
  ['a slash removed', ['trailing_slash'], { signedUrl: `${URL}/`, url: URL }],
  [
    'two slashes made one',
    ['double_slash'],
    { signedUrl: 'https://hooks.example.com//sms', url: URL },
  ],
  [
    'one slash made two',
    ['double_slash'],
    { signedUrl: URL, url: 'https://hooks.example.com//sms' },
  ],
  [
    'a prefix stripped',
    ['path_prefix'],
    {
      signedUrl: 'https://hooks.example.com/twilio/sms',
      url: URL,
      headers: [FORM, ['X-Forwarded-Prefix', '/twilio']],
    },
  ],
  [
    'a prefix stripped, whole path in a header',
    ['path_prefix'],
    {
      signedUrl: 'https://hooks.example.com/twilio/sms?a=1',
      url: `${URL}?a=1`,
      headers: [FORM, ['X-Original-URI', '/twilio/sms?a=1']],
    },
  ],
  ['a prefix added', ['path_prefix'], { url: 'https://hooks.example.com/api/v1/sms' }],
  [
    'a path rewritten',
    ['path'],
    {
      signedUrl: 'https://hooks.example.com/old',
      url: URL,
      headers: [FORM, ['X-Original-URL', '/old']],
    },
  ],
  [
    'an index file added',
    ['index_file'],
    { signedUrl: 'https://h.example/sms/', url: 'https://h.example/sms/index.php' },
  ],
  [
    'an index file removed',
    ['index_file'],
    { signedUrl: 'https://h.example/sms/index.html', url: 'https://h.example/sms/' },
  ],
  [
    'a path decoded',
    ['path_encoding'],
    { signedUrl: 'https://h.example/a%20b/sms', url: 'https://h.example/a b/sms' },
  ],
  [
    'a path in other hex digits',
    ['path_encoding'],
    { signedUrl: 'https://h.example/%c3%a9', url: 'https://h.example/%C3%A9' },
  ],
  // The query.
  [
    'a query lost, which a header has',
    ['query_lost'],
    {
      signedUrl: `${URL}?tenant=7`,
      url: URL,
      headers: [FORM, ['X-Original-URI', '/sms?tenant=7']],
    },
  ],
  [
    'tracking added',
    ['query_added'],
    { signedUrl: `${URL}?a=1`, url: `${URL}?a=1&utm_source=x&utm_medium=y&gclid=z` },
  ],
  [
    'a parameter added in front',
    ['query_added'],
    { signedUrl: `${URL}?a=1&b=2`, url: `${URL}?x=9&a=1&b=2` },
  ],
  [
    'two parameters added',
    ['query_added'],
    { signedUrl: `${URL}?a=1&b=2`, url: `${URL}?x=9&a=1&y=8&b=2` },
  ],
  ['a whole query added', ['query_added'], { url: `${URL}?x=1&y=2&z=3&w=4` }],
  [
    'a query sorted',
    ['query_order'],
    { signedUrl: `${URL}?b=1&a=2&c=3`, url: `${URL}?a=2&b=1&c=3` },
  ],
  [
    'a query in any order',
    ['query_order'],
    { signedUrl: `${URL}?e=1&b=2&d=3&a=4&c=5`, url: `${URL}?a=4&b=2&e=1&c=5&d=3` },
  ],
  ['%20 for +', ['query_encoding'], { signedUrl: Q, url: Q.replace('+', '%20') }],
  ['+ for %20', ['query_encoding'], { signedUrl: Q.replace('x+y', 'x%20y'), url: Q }],
  [
    'a query decoded',
    ['query_encoding'],
    { signedUrl: `${URL}?a=b%40c%3Ad`, url: `${URL}?a=b@c:d` },
  ],
  [
    'a query encoded',
    ['query_encoding'],
    { signedUrl: `${URL}?a=b@c:d`, url: `${URL}?a=b%40c%3Ad` },
  ],
  [
    'hex digits in lower case',
    ['query_encoding'],
    { signedUrl: `${URL}?a=b%2Fc`, url: `${URL}?a=b%2fc` },
  ],
  [
    'a query decoded but for separators',
    ['query_encoding'],
    { signedUrl: `${URL}?a=%C3%A9%26`, url: `${URL}?a=é%26` },
  ],
  ['an = removed', ['query_encoding'], { signedUrl: `${URL}?a=&b=1`, url: `${URL}?a&b=1` }],
  [
    'signed with the query twice',
    ['query_appended'],
    { ...asGet, signedUrl: `${URL}?From=%2B1&To=2`, signed: { From: '+1', To: '2' } },
  ],
  [
    'the query among the signed form',
    ['query_appended'],
    { signedUrl: `${URL}?t=1`, signed: { ...SMS, t: '1' } },
  ],
  // The kind of body.
  ['bodySHA256 lost', ['body_hash_removed'], { ...asJson, signedUrl: hashed(EVENTS), url: URL }],
  [
    'bodySHA256 moved',
    ['query_order'],
    {
      ...asJson,
      signedUrl: hashed(EVENTS, `${URL}?a=1`),
      url: `${URL}?bodySHA256=${sha256(EVENTS)}&a=1`,
    },
  ],
  ['JSON that was never hashed', ['body_hash_missing'], { ...asJson, url: URL }],
  [
    'JSON written again',
    ['body_changed'],
    { ...asJson, signedUrl: hashed(EVENTS), body: JSON.stringify(JSON.parse(EVENTS), null, 2) },
  ],
  [
    'a JSON body of something else',
    ['body_changed'],
    { ...asJson, signedUrl: hashed(EVENTS), body: '{"a":1}' },
  ],
  [
    'JSON under a form type',
    ['json_read_as_form'],
    { ...asJson, signedUrl: hashed(EVENTS), headers: [FORM] },
  ],
  ['a form under a JSON type', ['form_read_as_json'], { headers: [JSON_TYPE] }],
  [
    'a form written as a JSON object',
    ['form_read_as_json'],
    { headers: [JSON_TYPE], body: JSON.stringify(SMS) },
  ],
  [
    'a form under no known type',
    ['unsupported_type'],
    { headers: [['content-type', 'text/plain']] },
  ],
  [
    'JSON under no known type',
    ['unsupported_type'],
    { ...asJson, signedUrl: hashed(EVENTS), headers: [['content-type', 'text/plain']] },
  ],
  ['a POST redirected to GET', ['method'], { ...asGet, signed: SMS, url: `${URL}?${toForm(SMS)}` }],
  ['a GET made POST', ['method'], { signed: {}, signedUrl: `${URL}?${toForm(SMS)}`, url: URL }],
  ['another method', ['method_not_allowed'], { method: 'PATCH' }],
  ['a form with too many parameters', ['too_large'], { signed: manyValues(), seen: manyValues() }],
  // The values.
  [
    'a trailing line end trimmed',
    ['value_trimmed'],
    { signed: { ...SMS, Body: 'hello\n' }, seen: { ...SMS, Body: 'hello' } },
  ],
  [
    'a leading space trimmed',
    ['value_trimmed'],
    { signed: { ...SMS, Body: ' hello' }, seen: { ...SMS, Body: 'hello' } },
  ],
  [
    'a space trimmed off any other value',
    ['value_trimmed'],
    { signed: { ...SMS, FromState: 'CA ' } },
  ],
  [
    'LF for CRLF',
    ['line_ends'],
    { signed: { ...SMS, Body: 'a\r\nb' }, seen: { ...SMS, Body: 'a\nb' } },
  ],
  [
    'CRLF for LF',
    ['line_ends'],
    { signed: { ...SMS, Body: 'a\nb' }, seen: { ...SMS, Body: 'a\r\nb' } },
  ],
  ['a + that was not encoded', ['plus_lost'], { body: toForm(SMS).replaceAll('=%2B', '=+') }],
  [
    'phone numbers as numbers',
    ['plus_lost'],
    { seen: { ...SMS, From: '15005550006', To: '15005550010' } },
  ],
  [
    'values escaped for HTML',
    ['value_escaped'],
    {
      signed: { ...SMS, Body: `<a> & "b" 'c'` },
      seen: { ...SMS, Body: '&lt;a&gt; &amp; &quot;b&quot; &#39;c&#39;' },
    },
  ],
  [
    'values encoded twice',
    ['value_escaped'],
    {
      seen: Object.fromEntries(
        Object.entries(SMS).map(([name, value]) => [name, encodeURIComponent(String(value))]),
      ),
    },
  ],
  [
    'UTF-8 read as Latin-1',
    ['charset'],
    {
      signed: { ...SMS, Body: 'Grüße' },
      seen: { ...SMS, Body: Buffer.from('Grüße').toString('latin1') },
    },
  ],
  [
    'Unicode composed',
    ['charset'],
    { signed: { ...SMS, Body: 'e\u0301' }, seen: { ...SMS, Body: 'é' } },
  ],
  ['a number written anew', ['number'], { signed: { ...SMS, Price: '1.50' } }],
  [
    'a leading zero lost',
    ['number'],
    { signed: { ...SMS, Digits: '007' }, seen: { ...SMS, Digits: '07' } },
  ],
  [
    'empty places dropped',
    ['empty_dropped'],
    {
      signed: { ...SMS, FromCity: '', FromZip: '', CallerCity: '', CallerZip: '' },
      seen: without('FromCity'),
    },
  ],
  ['one empty parameter dropped', ['empty_dropped'], { signed: { ...SMS, ForwardedFrom: '' } }],
  [
    'a route merged into the form',
    ['parameter_added'],
    { seen: { ...SMS, controller: 'sms', action: 'create' } },
  ],
  [
    'the query merged into the form',
    ['parameter_added'],
    { signedUrl: `${URL}?t=1&u=2`, seen: { ...SMS, t: '1', u: '2' } },
  ],
  ['one parameter added', ['parameter_added'], { seen: { ...SMS, csrf: 'x' } }],
  [
    'a list joined',
    ['list'],
    { signed: { ...SMS, Tag: ['a', 'b', 'c'] }, seen: { ...SMS, Tag: 'a,b,c' } },
  ],
  [
    'a list with brackets',
    ['list'],
    { signed: { ...SMS, Tag: ['a', 'b'] }, seen: { ...SMS, 'Tag[]': ['a', 'b'] } },
  ],
  [
    'a list of which the first was signed',
    ['list'],
    { signed: { ...SMS, Tag: 'a' }, seen: { ...SMS, Tag: ['a', 'b'] } },
  ],
  ['a line end behind the capture', ['capture_line_end'], { body: `${toForm(SMS)}\n` }],
  // The key and the header.
  ['the token of another account', ['other_accounts_token'], { token: TOKEN_B }],
  [
    'a sub-account of which the ring knows nothing',
    ['other_accounts_token'],
    { ring: toRing({ [B]: TOKEN_A }) },
  ],
  [
    "JSON that names another account than the key's",
    ['other_accounts_token'],
    { ...asJson, signedUrl: hashed(`{"AccountSid":"${B}"}`), body: `{"AccountSid":"${B}"}` },
  ],
  [
    'a token that only the user has',
    ['token_missing'],
    { token: OTHER_TOKEN, extra: toRing(OTHER_TOKEN) },
  ],
  ['a header that came twice', ['signature_header'], { signature: (text) => `${text}, ${text}` }],
  [
    'a header in quotes and URL-encoded',
    ['signature_header'],
    { signature: (text) => `"${encodeURIComponent(text)}"` },
  ],
  // Several.
  [
    'host, scheme and slash',
    ['proxy_host', 'scheme', 'trailing_slash'],
    {
      url: 'http://10.0.0.7:3000/sms/',
      headers: [FORM, ['X-Forwarded-Host', 'hooks.example.com']],
    },
  ],
  [
    'host, scheme and a prefix',
    ['proxy_host', 'scheme', 'path_prefix'],
    {
      signedUrl: 'https://hooks.example.com/twilio/sms',
      url: 'http://10.0.0.7:3000/sms',
      headers: [FORM, ['X-Forwarded-Host', 'hooks.example.com'], ['X-Forwarded-Prefix', '/twilio']],
    },
  ],
  [
    'scheme and a trimmed value',
    ['scheme', 'value_trimmed'],
    {
      url: URL.replace('https', 'http'),
      signed: { ...SMS, Body: 'hi ' },
      seen: { ...SMS, Body: 'hi' },
    },
  ],
  [
    'host, scheme and a query encoded anew',
    ['proxy_host', 'scheme', 'query_encoding'],
    {
      signedUrl: Q,
      url: Q.replace('https://hooks.example.com', 'http://127.0.0.1:3000').replace('+', '%20'),
      headers: [FORM, ['X-Forwarded-Host', 'hooks.example.com']],
    },
  ],
  [
    'a query sorted and encoded anew',
    ['query_encoding', 'query_order'],
    { signedUrl: `${URL}?b=x+y&a=1`, url: `${URL}?a=1&b=x%20y` },
  ],
  [
    'a slash, and the token of another account',
    ['trailing_slash', 'other_accounts_token'],
    { url: `${URL}/`, token: TOKEN_B },
  ],
  [
    'a scheme, and JSON written again',
    ['scheme', 'body_changed'],
    {
      ...asJson,
      signedUrl: hashed(EVENTS),
      url: hashed(EVENTS).replace('https', 'http'),
      body: `${EVENTS}\n`,
    },
  ],
  [
    'an unknown type and a slash',
    ['unsupported_type', 'trailing_slash'],
    { url: `${URL}/`, headers: [['content-type', 'text/plain']] },
  ],
  // With what the user knows.
  [
    'what --url says: the path',
    ['path'],
    {
      signedUrl: 'https://hooks.example.com/old',
      url: URL,
      publicUrl: URL,
      configuredUrl: 'https://hooks.example.com/old#rc=2',
    },
  ],
  [
    'what --url says: the prefix and the query',
    ['path_prefix', 'query_lost'],
    {
      signedUrl: 'https://hooks.example.com/v1/sms?t=1',
      url: URL,
      configuredUrl: 'https://hooks.example.com/v1/sms?t=1',
    },
  ],
  [
    'what --url says, and a trimmed value',
    ['path', 'value_trimmed'],
    {
      signedUrl: 'https://hooks.example.com/old',
      url: URL,
      signed: { ...SMS, Body: 'hi\n' },
      seen: { ...SMS, Body: 'hi' },
      configuredUrl: 'https://hooks.example.com/old',
    },
  ],
  [
    'what --url says: letters of the host',
    ['host_case'],
    {
      signedUrl: 'https://Hooks.Example.Com/sms',
      url: URL,
      configuredUrl: 'https://Hooks.Example.Com/sms',
    },
  ],
  [
    'a GET whose configured query was lost',
    ['query_lost'],
    {
      ...asGet,
      signedUrl: `${URL}?t=1&From=%2B1`,
      url: `${URL}?From=%2B1`,
      configuredUrl: `${URL}?t=1`,
    },
  ],
  // What no search is needed for.
  ['no header', ['missing_signature'], { signature: () => null }],
  ['a path without an endpoint', ['unknown_path'], { hasEndpoint: false }],
  ['an account without a key', ['unknown_account', 'unknown'], { ring: toRing({ [B]: TOKEN_B }) }],
  ['a token that nobody has', ['unknown'], { token: OTHER_TOKEN }],
]

function manyValues() {
  return Object.fromEntries(Array.from({ length: 1_001 }, (_, at) => [`P${at}`, 'x']))
}

describe('explainRequest', () => {
  it.each(CASES)('%s: %j', async (_what, codes, input) => {
    const { verdict, findings, signed, key } = await ask(input)
    expect(findings.map(({ code }) => code)).toEqual(codes)
    const isUnknown = codes.includes('unknown')
    expect(verdict).toBe(isUnknown ? 'unknown' : 'mistake')
    if (isUnknown || codes.includes('missing_signature')) return
    expect(signed?.url).toBe(input.signedUrl ?? URL)
    expect(key).not.toBeNull()
  })

  const searched = CASES.filter(
    ([, codes]) => !codes.includes('unknown') && !codes.includes('missing_signature'),
  )
  it.each(searched)('%s, and something that nobody knows', async (_what, _codes, input) => {
    const token = input.token === OTHER_TOKEN ? `${OTHER_TOKEN}x` : `${input.token ?? TOKEN_A}x`
    const { verdict, findings, signed, key } = await ask({ ...input, token })
    expect({ verdict, signed, key }).toEqual({ verdict: 'unknown', signed: null, key: null })
    expect(findings.at(-1)).toEqual({ code: 'unknown' })
  })

  it('does not find a value that was changed beyond recognition', async () => {
    const changed = await ask({ signed: { ...SMS, Body: 'hello there' } })
    expect(changed.findings).toEqual([{ code: 'unknown' }])
  })

  it('has a case for every mistake', () => {
    const covered = new Set(CASES.flatMap(([, codes]) => codes))
    expect([...covered].toSorted()).toEqual(Object.keys(MISTAKES).toSorted())
  })

  it('names what it was, and no value', async () => {
    const trimmed = await ask({
      signed: { ...SMS, Body: 'hello ' },
      seen: { ...SMS, Body: 'hello' },
    })
    expect(trimmed.findings).toEqual([{ code: 'value_trimmed', detail: 'Body' }])
    const host = await ask({
      url: 'https://10.0.0.7/sms',
      headers: [FORM, ['X-Forwarded-Host', 'hooks.example.com']],
    })
    expect(host.findings).toEqual([{ code: 'proxy_host', detail: 'header x-forwarded-host' }])
    expect(host.key).toEqual({ account: A, name: 'primary', isFirst: true })
  })

  it('says of a rewritten body what was done to it', async () => {
    const body = JSON.stringify(JSON.parse(EVENTS), null, 2)
    const { findings } = await ask({ ...asJson, signedUrl: hashed(EVENTS), body })
    expect(findings).toEqual([{ code: 'body_changed', detail: 'white space was added' }])
  })

  it('gives up in time on a large request', async () => {
    const values = Object.fromEntries(
      Array.from({ length: 900 }, (_, at) => [`Param${at}`, `${at} `.repeat(40)]),
    )
    const started = performance.now()
    const { verdict } = await ask({ seen: values, url: `${URL}?${toForm(SMS)}` })
    expect(verdict).toBe('unknown')
    expect(performance.now() - started).toBeLessThan(10_000)
  })
})

describe('explainRequest, of a good signature', () => {
  const accepted = { verdict: 'accepted', findings: [] }
  it('says so, and by which key', async () => {
    expect(await ask({})).toMatchObject({
      ...accepted,
      seenUrl: URL,
      signed: { url: URL, names: Object.keys(SMS).toSorted() },
      key: { account: A, name: 'primary', isFirst: true },
    })
  })

  it('says that it is not the first key of the ring', async () => {
    const { key } = await ask({ token: 'old-token-a' })
    expect(key).toEqual({ account: A, name: 'previous', isFirst: false })
  })

  it.each([
    ['without the port', URL, 'https://hooks.example.com:8443/sms'],
    ['with the default port', 'https://hooks.example.com:443/sms', URL],
    ["with %27 for '", `${URL}?a=%27`, `${URL}?a='`],
  ])('%s', async (_what, signedUrl, url) => {
    expect(await ask({ signedUrl, url })).toMatchObject({ ...accepted, signed: { url: signedUrl } })
  })

  it('as a GET, as JSON and as a handshake', async () => {
    expect(await ask({ ...asGet, signedUrl: `${URL}?From=1` })).toMatchObject(accepted)
    expect(await ask({ ...asJson, signedUrl: hashed(EVENTS) })).toMatchObject(accepted)
    const upgrade = { ...asGet, headers: [['Upgrade', 'websocket'] as const] }
    const url = 'wss://hooks.example.com/media'
    expect(await ask({ ...upgrade, signedUrl: url })).toMatchObject({
      ...accepted,
      signed: { url },
    })
  })

  it('behind a proxy, when publicUrl is right', async () => {
    const behind = await ask({
      url: 'http://10.0.0.7:3000/sms',
      publicUrl: 'https://hooks.example.com',
    })
    expect(behind).toMatchObject({ ...accepted, seenUrl: URL })
  })
})

it('never holds a token or a signature', async () => {
  const tokens = RING.all.map(({ token }) => token)
  for (const [, , input] of CASES) {
    const text = JSON.stringify(await ask(input))
    for (const token of tokens) expect(text).not.toContain(token)
    expect(text).not.toMatch(/[A-Za-z0-9+/]{27}=/)
  }
})
