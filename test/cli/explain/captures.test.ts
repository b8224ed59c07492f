import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CapturedRequest } from '../../../src/cli/explain/capture/captured-request.ts'
import {
  chooseRequest,
  parseCapture,
  type CaptureFormat,
} from '../../../src/cli/explain/capture/parse-capture.ts'
import { parseRawHttp } from '../../../src/cli/explain/capture/raw-http.ts'
import { UsageError } from '../../../src/cli/terminal/errors.ts'

const parse = (text: string, format?: CaptureFormat) => parseCapture(Buffer.from(text), format)
const text = ({ body }: CapturedRequest) => Buffer.from(body).toString()

function code(work: () => unknown): string | null {
  try {
    work()
    return null
  } catch (error) {
    return error instanceof UsageError ? error.code : String(error)
  }
}

const NGROK = [
  'POST /sms?a=1 HTTP/1.1',
  'Host: 1a2b.ngrok.app',
  'User-Agent: TwilioProxy/1.1',
  'Content-Length: 30',
  'Content-Type: application/x-www-form-urlencoded',
  'X-Forwarded-Proto: https',
  'X-Twilio-Signature: RSOYDt4T1cUTdK1PDd93/VVr8B8=',
  '',
  'From=%2B15005550006&Body=a%0Ab',
].join('\r\n')

describe('raw HTTP', () => {
  it('is read as ngrok shows it', () => {
    const { format, requests } = parse(NGROK)
    const [request] = requests
    expect(format).toBe('http')
    expect(request).toMatchObject({
      method: 'POST',
      url: 'https://1a2b.ngrok.app/sms?a=1',
      isSchemeAssumed: true,
      oddities: [],
    })
    expect(request && text(request)).toBe('From=%2B15005550006&Body=a%0Ab')
    expect(request?.headers).toContainEqual(['X-Twilio-Signature', 'RSOYDt4T1cUTdK1PDd93/VVr8B8='])
  })

  it('is cut where Content-Length says, which takes an editor’s line end away', () => {
    const [request] = parse(`${NGROK}\n`).requests
    expect(request).toMatchObject({ oddities: [] })
    expect(request?.body.byteLength).toBe(30)
    expect(parse(`${NGROK}&X=1`).requests[0]).toMatchObject({ oddities: ['body_cut'] })
    expect(parse(NGROK.slice(0, -3)).requests[0]).toMatchObject({ oddities: ['body_incomplete'] })
  })

  it.each([
    ['GET /a HTTP/1.1\nHost: localhost:8787\n\n', 'http://localhost:8787/a'],
    ['GET /a HTTP/1.1\nhost: [::1]:8787', 'http://[::1]:8787/a'],
    ['\n\nGET https://h.example/a HTTP/1.1\r\n\r\n', 'https://h.example/a'],
    ['GET https://h.example HTTP/2\r\n\r\n', 'https://h.example/'],
    ['GET /a HTTP/2\n:authority: h.example\n\n', 'https://h.example/a'],
  ])('%j goes to %s', (capture, url) => {
    expect(parse(capture).requests[0]).toMatchObject({ url })
  })

  it('leaves an editor’s line end out of a form without Content-Length, and of nothing else', () => {
    const bare = NGROK.replace(/Content-Length.*\r\n/, '')
    const [form] = parse(`${bare}\r\n`).requests
    expect(form).toMatchObject({ oddities: ['line_end_cut'] })
    expect(form?.body.byteLength).toBe(30)
    const [json] = parse(`${bare.replace('x-www-form-urlencoded', 'json')}\n`).requests
    expect(json).toMatchObject({ oddities: [] })
    expect(json?.body.byteLength).toBe(31)
  })

  it('joins chunks', () => {
    const head = 'POST /a HTTP/1.1\r\nHost: h.example\r\nTransfer-Encoding: chunked\r\n\r\n'
    const bodyOf = (body: string) => text(parse(head + body).requests[0] as CapturedRequest)
    expect(bodyOf('3\r\na=b\r\n2;x=y\r\n&c\r\n0\r\n\r\n')).toBe('a=b&c')
    expect(bodyOf('a=b&c')).toBe('a=b&c')
  })

  it('joins a folded header', () => {
    const [request] = parse('GET /a HTTP/1.1\r\nHost: h.example\r\nX-A: 1\r\n  2\r\n\r\n').requests
    expect(request?.headers).toContainEqual(['X-A', '1 2'])
  })

  const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,10}$/)
  const value = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/)
  it('is read back byte for byte, with either line end', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(token, value), { maxLength: 6 }),
        fc.uint8Array({ maxLength: 60 }),
        fc.constantFrom('\r\n', '\n'),
        (more, body, end) => {
          const headers = more.filter(
            ([name]) => !/^(host|transfer-encoding|content-length)$/i.test(name),
          )
          const lines = ['Host: h.example', ...headers.map(([name, each]) => `${name}: ${each}`)]
          const head = ['POST /x?y=z HTTP/1.1', ...lines, '', ''].join(end)
          const request = parseRawHttp(Buffer.concat([Buffer.from(head), body]))
          expect(request.headers).toEqual([['Host', 'h.example'], ...headers])
          expect([...request.body]).toEqual([...body])
        },
      ),
    )
  })

  it('is refused without a host or a request line', () => {
    expect(code(() => parse('GET /a HTTP/1.1\n\n'))).toBe('capture_host_missing')
    expect(code(() => parse('hello', 'http'))).toBe('capture_http')
  })
})

const entry = (url: string, signature?: string) => ({
  startedDateTime: '2026-11-20T10:00:00.000Z',
  request: {
    method: 'POST',
    url,
    httpVersion: 'HTTP/1.1',
    headers: [
      { name: 'Content-Type', value: 'application/x-www-form-urlencoded' },
      ...(signature ? [{ name: 'X-Twilio-Signature', value: signature }] : []),
    ],
    queryString: [],
    postData: { mimeType: 'application/x-www-form-urlencoded', text: 'A=%2B1', params: [] },
  },
  response: { status: 200 },
})
const har = (...entries: unknown[]) => JSON.stringify({ log: { version: '1.2', entries } })

describe('a HAR', () => {
  it('gives the only signed entry', () => {
    const { format, requests } = parse(
      har(entry('https://h.example/1'), entry('https://h.example/2', 's')),
    )
    expect(format).toBe('har')
    const chosen = chooseRequest(requests, null)
    expect(chosen.url).toBe('https://h.example/2')
    expect(text(chosen)).toBe('A=%2B1')
    expect(chooseRequest(requests, 1).url).toBe('https://h.example/1')
  })

  it('gives its only entry, signed or not', () => {
    const { requests } = parse(har(entry('https://h.example/1')))
    expect(chooseRequest(requests, null).url).toBe('https://h.example/1')
  })

  it('asks which, without showing a query', () => {
    const two = parse(
      har(entry('https://h.example/1?From=1', 's'), entry('https://h.example/2', 's')),
    )
    expect(code(() => chooseRequest(two.requests, null))).toBe('capture_entry')
    expect(code(() => chooseRequest(two.requests, 3))).toBe('capture_entry')
    expect(() => chooseRequest(two.requests, null)).not.toThrow(/From/)
  })

  it('makes a body of parameters where there is no text, and decodes base64', () => {
    const { request, ...rest } = entry('https://h.example/1', 's')
    const params = [{ name: 'A', value: '+1 é' }]
    const listed = parse(
      har({ ...rest, request: { ...request, postData: { mimeType: 'x', params } } }),
    )
    expect(listed.requests[0]).toMatchObject({ oddities: ['body_remade'] })
    expect(text(listed.requests[0] as CapturedRequest)).toBe('A=%2B1+%C3%A9')
    const postData = {
      mimeType: 'x',
      text: Buffer.from([255, 0]).toString('base64'),
      encoding: 'base64',
    }
    const binary = parse(har({ ...rest, request: { ...request, postData } }))
    expect([...(binary.requests[0]?.body ?? [])]).toEqual([255, 0])
  })
})

describe('JSON', () => {
  const json = (value: unknown) => parse(JSON.stringify(value))
  const shape = { method: 'post', url: 'https://h.example/a', body: 'A=1' }

  it.each([
    [{ 'X-A': '1', 'x-b': ['2', '3'] }],
    [
      [
        ['X-A', '1'],
        ['x-b', '2'],
        ['x-b', '3'],
      ],
    ],
    [
      [
        { name: 'X-A', value: '1' },
        { name: 'x-b', value: '2' },
        { name: 'x-b', value: '3' },
      ],
    ],
  ])('takes headers as %j', (headers) => {
    const { format, requests } = json({ ...shape, headers })
    expect(format).toBe('json')
    expect(requests[0]).toMatchObject({ method: 'POST', url: 'https://h.example/a' })
    expect(requests[0]?.headers).toEqual([
      ['X-A', '1'],
      ['x-b', '2'],
      ['x-b', '3'],
    ])
  })

  it('takes a body in base64, and parameters in place of a body', () => {
    const binary = json({ ...shape, body: '/wA=', encoding: 'base64' })
    expect([...(binary.requests[0]?.body ?? [])]).toEqual([255, 0])
    const { body: _body, ...bare } = shape
    const listed = json({ ...bare, parameters: { From: '+1', NumMedia: 0 } }).requests[0]
    expect(listed && text(listed)).toBe('From=%2B1&NumMedia=0')
    expect(listed).toMatchObject({
      oddities: ['body_remade'],
      headers: [['content-type', 'application/x-www-form-urlencoded']],
    })
  })

  it('takes a list, an envelope, and what ngrok’s API answers', () => {
    expect(json([shape, shape]).requests).toHaveLength(2)
    expect(json({ id: 1, request: shape }).requests).toHaveLength(1)
    const raw = Buffer.from(NGROK).toString('base64')
    const ngrok = json({ requests: [{ uri: '/x', request: { method: 'POST', raw } }] }).requests
    expect(ngrok[0]).toMatchObject({ url: 'https://1a2b.ngrok.app/sms?a=1' })
  })

  it.each(['{', '{}', '[]', '[[]]', '{"url":1}', '{"request":null}', 'nothing known'])(
    'refuses %s',
    (capture) => {
      expect(code(() => parse(capture))).toBe('capture_unreadable')
    },
  )

  it('never throws anything but a UsageError', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.json()),
        fc.constantFrom('curl', 'http', 'har', 'json', undefined),
        (capture, format) => {
          const thrown = code(() => parse(capture, format))
          expect(thrown === null || thrown.startsWith('capture_')).toBe(true)
        },
      ),
      { numRuns: 300 },
    )
  })
})
