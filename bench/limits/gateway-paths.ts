/** Unsigned requests with odd paths, methods and headers, and what is no request at all. */
import { forge, toPairs, toRow, type GatewayRow } from './gateway-row.ts'
import { toBytes, toForm, type Header } from './wire.ts'

export const PATH_ROWS: GatewayRow[] = [
  toRow('odd paths', [403, 404, 400], (r) => {
    const body = toForm(toPairs(r))
    return toBytes({ path: r.pick(ODD_PATHS), body, headers: [forge(r)] })
  }),
  toRow('long paths and queries', [403, 404, 413, 'closed'], (r) => {
    const text = r.pick(['a', '%2f', '/', '&a=1', '%']).repeat(1 + r.below(15_000))
    return toBytes({ path: r.pick(['/sms?', '/sms/', '/']) + text, headers: [forge(r)] })
  }),
  toRow('odd methods', [400, 403, 404, 405, 501, 'closed'], (r) => {
    const method = r.pick(METHODS)
    const hasBody = method !== 'GET' && method !== 'HEAD'
    const bytes = toBytes({ method, headers: [forge(r)], ...(hasBody ? {} : { length: null }) })
    return { bytes, isHead: method === 'HEAD' }
  }),
  toRow('upgrade requests', [403, 400], (r) =>
    toBytes({
      method: 'GET',
      type: null,
      length: null,
      headers: [
        ['Connection', 'Upgrade'],
        ['Upgrade', r.pick(['websocket', 'WebSocket', 'h2c', 'TLS/1.0', 'websocket, x'])],
        ['Sec-WebSocket-Version', r.pick(['13', '8', ''])],
        ['Sec-WebSocket-Key', r.bytes(16).toString('base64')],
        forge(r),
      ],
    }),
  ),
  toRow('headers many times', [400, 403, 415], (r) => {
    const name = r.pick(['Host', 'Content-Type', 'X-Forwarded-Proto', 'X-Forwarded-Host', 'Cookie'])
    const headers = Array.from({ length: 1 + r.below(50) }, (): Header => [name, r.hex(8)])
    return toBytes({ body: toForm(toPairs(r)), headers: [...headers, forge(r)] })
  }),
  toRow('no HTTP at all', [400, 404, 501, 505, 'closed'], (r) => ({
    bytes: r.pick([r.bytes(200), Buffer.from('GET\r\n\r\n'), Buffer.from('\x16\x03\x01\x02\x00')]),
    endsEarly: true,
  })),
]

export const ODD_PATHS = [
  '/sms%2f',
  '/%73ms',
  '/sms%00',
  '/sms/..',
  '/./sms',
  '//sms',
  '/sms;x=1',
  '/sms\\',
  '/__proto__',
  '/constructor',
  '/app/%2e%2e/sms',
  '/app/..%2fsms',
  '/sms#x',
  '/\u00ff',
  '/SMS',
  'https://evil.example/sms',
] as const
const METHODS = [
  'GET',
  'HEAD',
  'DELETE',
  'PATCH',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'PURGE',
  'post',
  'FOO',
  'X'.repeat(5_000),
] as const
