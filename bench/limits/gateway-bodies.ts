/** Unsigned requests whose bodies are too large, broken, or not what their headers say. */
import { gzipSync } from 'node:zlib'
import { toBrokenForm, toJsonBomb } from './hostile.ts'
import { forge, toPairs, toRow, type GatewayRow } from './gateway-row.ts'
import type { Random } from './random.ts'
import { toBytes, toForm, toSignedForm, type Parts } from './wire.ts'

const toUnsigned = (body: string | Buffer, more: Parts = {}) => toBytes({ ...more, body })
const MAX_BODY_BYTES = 256 * 1024
const aroundLimit = (random: Random) => MAX_BODY_BYTES + random.below(5) - 2

export const BODY_ROWS: GatewayRow[] = [
  toRow('body around 256 KB', [403, 413], (r) => toUnsigned('a'.repeat(aroundLimit(r))), 0.2),
  toRow('around 1,000 parameters', [403, 413], (r) =>
    toUnsigned('a=1&'.repeat(997 + r.below(5)), { headers: [forge(r)] }),
  ),
  toRow('broken escapes, NUL, bad UTF-8', [403], (r) =>
    toUnsigned(toBrokenForm(r), { headers: [forge(r)] }),
  ),
  toRow(
    'JSON bombs',
    [403],
    (r) => toUnsigned(toJsonBomb(r), { type: 'application/json', headers: [forge(r)] }),
    0.3,
  ),
  toRow('odd content types', [403, 415], (r) =>
    toUnsigned(r.pick(['{}', 'a=1', '']), {
      type: r.pick([...TYPES, null, Buffer.from([0xff]).toString('latin1')]),
      headers: [forge(r)],
    }),
  ),
  toRow('multipart', [415], (r) =>
    toUnsigned(`--x\r\nContent-Disposition: form-data; name="Body"\r\n\r\n${r.hex(8)}\r\n--x--`, {
      type: 'multipart/form-data; boundary=x',
    }),
  ),
  toRow('gzip bodies', [403], (r) =>
    toUnsigned(gzipSync(toForm(toPairs(r))), { headers: [['Content-Encoding', 'gzip'], forge(r)] }),
  ),
  toRow('wrong lengths', [400, 403, 413, 'closed'], (r) => ({
    bytes: toUnsigned(toForm(toPairs(r)), { length: r.pick(LENGTHS), headers: [forge(r)] }),
    endsEarly: true,
  })),
  toRow('broken chunks', [400, 403, 413, 'closed'], (r) => ({
    bytes: toUnsigned(r.pick(CHUNKS), {
      length: r.pick([null, '5']),
      headers: [['Transfer-Encoding', 'chunked'], forge(r)],
    }),
    endsEarly: true,
  })),
  toRow('sender goes away', [400, 403, 'closed'], (r) => {
    const whole = toSignedForm(toPairs(r))
    return { bytes: whole.subarray(0, whole.byteLength - 1 - r.below(200)), endsEarly: true }
  }),
]

const TYPES = [
  'text/plain',
  ';;;',
  'application/x-www-form-urlencoded;charset=utf-7',
  'application/json; charset=\u0001',
  'application/+json',
  'application/xml',
  'x'.repeat(8_000),
] as const
const LENGTHS = [
  '-1',
  '0',
  '5',
  'abc',
  '1e3',
  '999999',
  '18446744073709551617',
  ' ',
  '5, 6',
] as const
const CHUNKS = [
  'zz\r\nabc\r\n0\r\n\r\n',
  'ffffffffffffffff\r\nabc',
  '3\r\nabc\r\n',
  '-1\r\nabc\r\n0\r\n\r\n',
  '3;x=y\r\nabc\r\n0\r\n\r\n',
  '0\r\n\r\nGET /sms HTTP/1.1\r\n\r\n',
] as const
