/** Requests that are Twilio's by their signature, with what a sender of texts may put into them. */
import { ODD_PATHS } from './gateway-paths.ts'
import type { GatewayRow } from './gateway-row.ts'
import { NAMES, TEXTS, toBrokenForm, toJsonBomb } from './hostile.ts'
import type { Random } from './random.ts'
import * as wire from './wire.ts'
import {
  ORIGIN,
  sign,
  toBytes,
  toMessage,
  toSignature,
  toSignedForm,
  toSignedJson,
} from './wire.ts'

type Toward = (random: Random) => wire.Pair[]

const OK = [200] as const

/** A text message with these parameters as well, or instead. */
function message(random: Random, more: readonly wire.Pair[]): wire.Pair[] {
  const names = new Set(more.map(([name]) => name))
  return [...toMessage(random.hex(32)).filter(([name]) => !names.has(name)), ...more]
}

function row(name: string, toMore: Toward, share = 1): GatewayRow {
  const make = (random: Random) => ({ bytes: toSignedForm(message(random, toMore(random))) })
  return { name, answers: OK, make, share }
}

const FROM_PROTO = ['__proto__', 'constructor', 'toString', 'then', 'toJSON'] as const
const NUMBERS = ['9007199254740993', '-1', '1e309', 'NaN', '0x10', '1'.repeat(400), '-0'] as const

const HALF = 32 * 1024

/** As many as go into a form, of the number that it says. */
const toMedia = (random: Random): wire.Pair[] => [
  ['NumMedia', random.pick(['10000', ...NUMBERS])],
  ...Array.from({ length: 900 }, (_, i): wire.Pair => [`MediaUrl${i}`, `https://x.example/${i}`]),
]

/** The signature covers what a lenient decoder reads. */
function toSignedBroken(random: Random): Buffer {
  const body = Buffer.concat([toBrokenForm(random), Buffer.from(`&MessageSid=SM${random.hex(32)}`)])
  const pairs = [...new URLSearchParams(`&${body.toString()}`)]
  const headers = [toSignature(sign('/sms', pairs))]
  return toBytes({ body, headers })
}

function toOddHeaders(random: Random): Buffer {
  const headers: wire.Header[] = [
    ['I-Twilio-Idempotency-Token', random.pick([wire.BODY_MARK, 'x'.repeat(5_000), '\u0080', ''])],
    [
      'X-Home-Region',
      random.pick([wire.NUMBER, '../..', 'us1\u0000'.slice(0, 3), 'x'.repeat(999)]),
    ],
    ['X-Forwarded-Host', 'evil.example'],
  ]
  return toSignedForm(message(random, []), { headers })
}

export const SIGNED_ROWS: GatewayRow[] = [
  row('names of prototypes', (r) => [
    [r.pick(NAMES), r.pick(TEXTS)],
    [r.pick(FROM_PROTO), r.pick(NAMES)],
    ['Body', r.pick(NAMES)],
  ]),
  row('odd texts, TwiML in texts', (r) => [
    ['Body', r.pick(TEXTS) + wire.BODY_MARK + r.pick(TEXTS)],
    ['From', r.pick([wire.NUMBER, r.pick(TEXTS)])],
  ]),
  row(
    'values of 64 KB',
    (r) => [['Body', r.pick(['aa', '<<', '&&', 'é', '""']).repeat(HALF)]],
    0.1,
  ),
  row('900 media of 10,000', toMedia, 0.1),
  row('odd numbers', (r) => [
    ['NumMedia', r.pick(NUMBERS)],
    ['NumSegments', r.pick(NUMBERS)],
    ['Latitude', r.pick(NUMBERS)],
  ]),
  row('parameters many times', (r) => [
    ['Body', 'one'],
    ['Body', r.pick(TEXTS)],
    ['MessageSid', r.hex(5)],
    ['MessageSid', r.hex(5)],
  ]),
  row('random bytes as a text', (r) => [['Body', r.bytes(500).toString('utf16le')]]),
  {
    name: 'broken escapes, NUL, bad UTF-8',
    // Two decoders need not agree on how many replacement characters stand for bytes that are no UTF-8.
    answers: [200, 403],
    make: (random) => ({ bytes: toSignedBroken(random) }),
  },
  { name: 'odd headers', answers: OK, make: (random) => ({ bytes: toOddHeaders(random) }) },
  {
    name: 'odd paths',
    answers: [200, 204, 403, 404],
    make: (random) => {
      const path = random.pick(ODD_PATHS)
      return { bytes: toSignedForm(toMessage(random.hex(32)), { path }) }
    },
  },
  {
    name: 'JSON, and bombs of it',
    answers: [200, 204],
    make: (random) => ({ bytes: toSignedJson(toJsonBomb(random)) }),
    share: 0.2,
  },
  {
    name: 'around 1,000 parameters',
    answers: [200, 413],
    share: 0.2,
    make: (r) => {
      const more = Array.from({ length: 993 + r.below(3) }, (_, i): wire.Pair => [
        `P${i}`,
        r.hex(4),
      ])
      return { bytes: toSignedForm(message(r, more)) }
    },
  },
  {
    name: 'body around 256 KB',
    answers: [200, 413],
    share: 0.1,
    make: (r) => {
      const pairs = message(r, [['Body', '']])
      const padding = 256 * 1024 - wire.toForm(pairs).length + r.below(10) - 5
      return { bytes: toSignedForm([...pairs.slice(0, -1), ['Body', 'a'.repeat(padding)]]) }
    },
  },
  {
    name: 'handshakes of media streams',
    answers: [501],
    make: () => {
      const headers: wire.Header[] = [
        ['Connection', 'Upgrade'],
        ['Upgrade', 'websocket'],
        ['Sec-WebSocket-Version', '13'],
        ['Sec-WebSocket-Key', 'AAAAAAAAAAAAAAAAAAAAAA=='],
        toSignature(sign('/sms', [], { origin: ORIGIN.replace('https', 'wss') })),
      ]
      return { bytes: toBytes({ method: 'GET', type: null, length: null, headers }) }
    },
  },
]
