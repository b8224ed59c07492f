/**
 * Batches of Event Streams: JSON whose hash is in the URL that is signed. Without a good signature none is
 * read; with one, whatever is in it becomes as many events as it has elements.
 */
import { createHash } from 'node:crypto'
import { NAMES, TEXTS, toDeepJson } from './hostile.ts'
import { forge, toRow, type GatewayRow } from './gateway-row.ts'
import type { Random } from './random.ts'
import * as wire from './wire.ts'
import { sign, toBytes, toForm, toMessage, toSignature, toSignedJson } from './wire.ts'

const JSON_TYPE = 'application/json'

const toEvent = (random: Random, more: object = {}) => ({
  specversion: '1.0',
  type: 'com.twilio.messaging.message.delivered',
  source: `/${wire.ACCOUNT}`,
  id: `EZ${random.hex(32)}`,
  time: '2026-01-01T00:00:00.000Z',
  datacontenttype: JSON_TYPE,
  data: { accountSid: wire.ACCOUNT, to: wire.NUMBER, body: wire.BODY_MARK },
  ...more,
})

const toBatch = (random: Random) =>
  JSON.stringify(Array.from({ length: 1 + random.below(5) }, () => toEvent(random)))

const toHash = (body: string) => createHash('sha256').update(body).digest('hex')

/** A batch, captured: its URL and the signature over it. */
function capture(random: Random) {
  const body = toBatch(random)
  const path = `/events?bodySHA256=${toHash(body)}`
  return { body, path, signature: toSignature(sign(path, [])) }
}

const toJson = (path: string, body: string, headers: wire.Header[]) =>
  toBytes({ path, type: JSON_TYPE, body, headers })

export const FORGED_EVENT_ROWS: GatewayRow[] = [
  toRow('batch under the signature of another', [403], (r) => {
    const { path, signature } = capture(r)
    return toJson(path, toBatch(r), [signature])
  }),
  toRow('batch with a hash of its own', [403], (r) => {
    const { signature } = capture(r)
    const body = toBatch(r)
    return toJson(`/events?bodySHA256=${toHash(body)}`, body, [signature])
  }),
  toRow('batch with an odd hash, URL signed', [403], (r) => {
    const body = toBatch(r)
    const hash = r.pick(ODD_HASHES)(toHash(body), r)
    const path = `/events${hash}`
    return toJson(path, body, [toSignature(sign(path, []))])
  }),
  toRow('batch with a password, no signature', [403], (r) => {
    const { body, path } = capture(r)
    const password = Buffer.from(`${r.pick(['events', '', 'admin'])}:${r.hex(8)}`)
    const basic: wire.Header = ['Authorization', `Basic ${password.toString('base64')}`]
    return toJson(path, body, r.pick([[basic], [basic, forge(r)]]))
  }),
  toRow('batch that says it is a form', [403], (r) => {
    const { body, path, signature } = capture(r)
    const type = r.pick([wire.FORM, `${wire.FORM}; charset=UTF-8`])
    return toBytes({ path, type, body, headers: [signature] })
  }),
  toRow('batch taken away from its signature', [403], (r) => {
    const { path, signature } = capture(r)
    const method = r.pick(['GET', 'POST', 'PUT'])
    const length = method === 'GET' ? null : '0'
    return toBytes({ method, path, type: r.pick([null, JSON_TYPE]), length, headers: [signature] })
  }),
  toRow('fallback', [403], (r) => {
    const pairs: wire.Pair[] = [...toMessage(r.hex(32)), ...toErrors(r)]
    return toBytes({ path: '/fallback', body: toForm(pairs), headers: [forge(r)] })
  }),
]

/** What stands in the URL where the hash should be; the URL as it is has a good signature. */
const ODD_HASHES: readonly [OddHash, ...OddHash[]] = [
  () => '',
  () => '?bodySHA256=',
  (hash) => `?bodySHA256=${hash.toUpperCase()}`,
  (hash) => `?bodySHA256=${hash.slice(0, 63)}`,
  (hash) => `?bodySHA256=${hash}00`,
  (hash) => `?bodysha256=${hash}`,
  (hash, random) => `?bodySHA256=${hash}&bodySHA256=${random.hex(64)}`,
  (_, random) => `?bodySHA256=${random.hex(64)}`,
]
type OddHash = (hash: string, random: Random) => string

/** Not only what Twilio says of what failed. */
function toErrors(random: Random): wire.Pair[] {
  const code = random.pick(['11200', '0', '', '-1', '1e309', random.pick(TEXTS)])
  const url = random.pick(['https://app.example.com/voice', 'javascript:alert(1)', ...TEXTS])
  return [
    ['ErrorCode', code],
    ['ErrorUrl', url],
  ]
}

const TAKEN = [200, 204] as const

export const SIGNED_EVENT_ROWS: GatewayRow[] = [
  toRow('batch of odd events', TAKEN, (r) => {
    const more = { [r.pick([...MEMBERS, ...NAMES])]: r.pick([...TEXTS, null, 1e21, [], {}, true]) }
    return toSignedJson(JSON.stringify([toEvent(r), toEvent(r, more), toEvent(r)]))
  }),
  toRow('batch of what is no event', TAKEN, (r) =>
    toSignedJson(`[${r.pick(NO_EVENTS)},${JSON.stringify(toEvent(r))}]`),
  ),
  toRow('batch with one event twice', TAKEN, (r) => {
    const event = toEvent(r)
    return toSignedJson(JSON.stringify([event, event, { ...event, type: r.hex(8) }]))
  }),
  toRow(
    'batch of a thousand events',
    TAKEN,
    (r) => {
      const event = { specversion: '1.0', type: 'a', source: 'b', data: {} }
      const batch = Array.from({ length: 990 + r.below(20) }, (_, at) => ({
        ...event,
        id: `${at}`,
      }))
      return toSignedJson(JSON.stringify(batch))
    },
    0.1,
  ),
  toRow('batch with a password too', TAKEN, (r) => {
    const { body, path, signature } = capture(r)
    const basic: wire.Header = ['Authorization', `Basic ${wire.BODY_MARK}`]
    return toJson(path, body, [basic, signature])
  }),
  toRow('fallback, odd reasons', [200], (r) => {
    const call: wire.Pair[] = [
      ['CallSid', r.pick([`CA${r.hex(32)}`, ...NAMES])],
      ['CallStatus', r.pick(['ringing', ...TEXTS])],
      ['AccountSid', wire.ACCOUNT],
      ['From', wire.NUMBER],
    ]
    const pairs = r.pick([call, toMessage(r.hex(32))])
    return wire.toSignedForm([...pairs, ...toErrors(r)], { path: '/fallback' })
  }),
]

const MEMBERS = [
  'specversion',
  'type',
  'source',
  'id',
  'time',
  'data',
  'dataschema',
  'subject',
] as const

const NO_EVENTS = [
  'null',
  '1',
  '""',
  '[]',
  '{}',
  '{"id":{}}',
  '{"specversion":"9"}',
  '{"specversion":"1.0","id":"","type":""}',
  `{"specversion":"1.0","id":"a","id":"b","type":"c","source":"d"}`,
  toDeepJson(150),
] as const
