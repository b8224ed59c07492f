/** Bodies of queue messages that no gateway has written, or only almost. */
import { NAMES, TEXTS, toDeepJson, toDeepObject } from './hostile.ts'
import type { Random } from './random.ts'

export interface MessageRow {
  name: string
  make: (random: Random) => unknown
}

type Part = Record<string, unknown>

/** As the gateway writes them. */
export function toMessage(
  random: Random,
  body = 'crm',
): { v: unknown; event: Part; request: Part } {
  const sid = `SM${random.hex(32)}`
  return {
    v: 1,
    event: {
      specversion: '1.0',
      id: `evt_${random.hex(32)}`,
      source: '/endpoints/sms',
      type: 'twilio.webhook.messaging.inbound',
      subject: sid,
      time: '2026-11-20T10:00:00.000Z',
      datacontenttype: 'application/json',
      kind: 'messaging.inbound',
      account: `AC${'0'.repeat(32)}`,
      traceparent: `00-${random.hex(32)}-${random.hex(16)}-01`,
      data: { body, messageSid: sid, params: { Body: body, MessageSid: sid } },
    },
    request: {
      method: 'POST',
      contentType: 'application/x-www-form-urlencoded',
      query: '',
      body: `MessageSid=${sid}`,
      encoding: 'utf-8',
    },
  }
}

const toText = (value: unknown) => JSON.stringify(value)
const VALUES = [null, true, -1, 1e308, '', 'x', [], {}, [[]], { v: 1 }] as const

/** One of its members is gone, or something else. */
function spoil(random: Random, message: ReturnType<typeof toMessage>): void {
  const part = random.pick<Part>([message, message.event, message.request])
  const names = Object.keys(part)
  const name = names[random.below(names.length)] ?? 'v'
  if (random.below(2) === 0) delete part[name]
  else part[name] = random.pick(VALUES)
}

function toCyclic(random: Random): unknown {
  const cyclic: Part = { v: 1, event: {}, name: random.hex(4) }
  cyclic['event'] = cyclic
  return cyclic
}

/** The references that the run puts into KV and that lead to each other. */
export const CYCLE = ['event:evt_ring_a', 'event:evt_ring_b'] as const

export const MESSAGE_ROWS: MessageRow[] = [
  { name: 'random bytes', make: (r) => r.bytes(r.below(2_000)).toString('latin1') },
  { name: 'bytes instead of text', make: (r) => new Uint8Array(r.bytes(1 + r.below(500))) },
  { name: 'any JSON', make: (r) => toText(r.pick(VALUES)) },
  { name: 'half a message', make: (r) => toText(toMessage(r)).slice(0, 1 + r.below(700)) },
  {
    name: 'one member spoilt',
    make(r) {
      const message = toMessage(r)
      spoil(r, message)
      return toText(message)
    },
  },
  {
    name: 'other versions',
    make: (r) => toText({ ...toMessage(r), v: r.pick([0, 2, '1', null, 1.5, 1e99]) }),
  },
  {
    name: 'huge',
    make: (r) => toText(toMessage(r, 'crm '.repeat(1_000 + r.below(29_000)))),
  },
  {
    name: 'deep JSON',
    make(r) {
      const { event, ...message } = toMessage(r)
      const deep = r.pick([toDeepJson, toDeepObject])(r.pick([100, 1_000, 10_000]))
      const whole = toText({ ...message, event: { ...event, data: '?' } })
      return r.pick([deep, whole.replace('"?"', deep)])
    },
  },
  {
    name: 'names of prototypes',
    make(r) {
      const message = toMessage(r)
      const name = r.pick(NAMES)
      const text = toText({ ...message, event: { ...message.event, [`?${name}`]: r.pick(TEXTS) } })
      return text.replace('"?', '"')
    },
  },
  {
    name: 'odd texts everywhere',
    make(r) {
      const message = toMessage(r, `crm ${r.pick(TEXTS)} \ud800`)
      const names = ['source', 'type', 'subject', 'kind', 'account', 'traceparent', 'time'] as const
      message.event[r.pick(names)] = r.pick(TEXTS)
      return toText(message)
    },
  },
  {
    name: 'odd ids of events',
    make(r) {
      const message = toMessage(r)
      message.event['id'] = r.pick([r.pick(NAMES), r.pick(TEXTS), 'x'.repeat(5_000), 'a~b'])
      return toText(message)
    },
  },
  {
    name: 'odd debts',
    make: (r) =>
      toText({
        ...toMessage(r),
        targets: r.pick([[], ['nobody'], ['*'], [...NAMES], ['crm', 'crm'], 'crm']),
        attempts: r.pick([-1, 0, 1, 1e15, 1.5, '1']),
        replay: r.pick(['', 'rpl_x', '~', r.pick(TEXTS)]),
        owner: r.pick(['', 'x', r.pick(TEXTS)]),
      }),
  },
  {
    name: 'references: cycles, nothing, names',
    make: (r) =>
      toText({
        v: 1,
        ref: r.pick([...CYCLE, `event:evt_${r.hex(32)}`, `ledger:evt_${r.hex(32)}`, ...NAMES]),
      }),
  },
  {
    name: 'answers',
    make(r) {
      const answer = { status: r.pick([200, -1, 1e9]), contentType: null, body: r.pick(TEXTS) }
      const eventId = r.pick([`evt_${r.hex(32)}`, ...NAMES, ...TEXTS])
      const tookMs = r.pick([0, -1, 2 ** 53, 1e300])
      return toText({ v: 1, answered: { eventId, at: r.pick([0, 1e300]), tookMs, answer } })
    },
  },
  { name: 'dead letters in the wrong queue', make: (r) => toText(toLetter(r)) },
  {
    name: 'objects, cyclic too',
    make: (r) => r.pick([toCyclic(r), toMessage(r), 10n ** 30n, new Date(Number.NaN), new Map()]),
  },
]

function toLetter(random: Random): unknown {
  const reason = random.pick(TEXTS)
  const dead = { target: random.pick(['crm', '*', ...NAMES]), reason, attempts: 1, at: 'yesterday' }
  return { v: 1, dead, message: toMessage(random) }
}
