/** What goes wrong in a run: one row for each fault. Adding one is adding a row. */
import {
  answers,
  answersAfter,
  dripsBody,
  dripsHead,
  floods,
  hangs,
  resets,
  talksGarbage,
} from '../../test/faults/scripts.ts'
import type { Fault } from '../../test/faults/fault.ts'
import type { Script } from '../../test/faults/target.ts'

export interface ChaosFault {
  /** As the table has it. */
  name: string
  /** Calls of the Workers that go wrong. */
  rules?: readonly Fault[]
  /** What targets do instead, for a share of their calls. */
  target?: { script: Script; share: number; only?: string }
  /** What the app behind `origin` does instead, for a share of its calls. */
  app?: { script: Script; share: number }
  /** A config that says so is pushed while it lasts. */
  config?: 'wrong_address' | 'changes'
  /** What it allows that would be wrong without. */
  allows?: 'gateway_dies' | 'lane_dies' | 'answer_lost' | 'unheard' | 'forgotten'
  /** In a long run one of its windows takes every call. */
  canBeWhole?: boolean
  /** It lasts as long as the run: what it needs to be met is rare. */
  isAlways?: boolean
}

const before = { when: 'before' } as const
const after = { when: 'after' } as const
const refuse = { effect: 'refuse' } as const
const hang = { effect: 'hang' } as const
const nothing = { effect: 'nothing' } as const
const slow = (forMs: number) => ({ effect: 'slow', forMs }) as const
const die = { effect: 'die' } as const
const kill = { effect: 'kill' } as const
const gateway = { by: 'gateway' } as const
const consumer = { by: 'consumer' } as const
const lane = { by: 'lane' } as const

const GETS_REPLY = '^KV.get token:'
const PUTS_REPLY = '^KV.put token:'

const WORKER_FAULTS: readonly ChaosFault[] = [
  {
    name: 'queue refuses',
    rules: [{ at: '^EVENTS', share: 0.3, ...before, ...refuse }],
    canBeWhole: true,
  },
  { name: 'queue hangs', rules: [{ at: '^EVENTS', ...gateway, share: 0.1, ...before, ...hang }] },
  {
    name: 'queue stores and refuses',
    rules: [{ at: '^EVENTS', ...gateway, share: 0.3, ...after, ...refuse }],
    allows: 'unheard',
  },
  {
    name: 'KV is slow',
    rules: [{ at: '^KV.get', ...gateway, share: 0.3, ...before, ...slow(1_500) }],
    allows: 'forgotten',
    canBeWhole: true,
  },
  {
    name: 'KV is stale',
    rules: [
      { at: GETS_REPLY, ...gateway, share: 0.5, ...before, ...nothing },
      { at: '^KV.delete outbox:', ...consumer, share: 0.3, ...before, ...nothing },
    ],
    allows: 'forgotten',
    canBeWhole: true,
  },
  {
    name: 'KV refuses to read',
    rules: [{ at: '^KV.(get|list)', share: 0.3, ...before, ...refuse }],
    allows: 'forgotten',
    canBeWhole: true,
  },
  {
    name: 'KV refuses to write',
    rules: [{ at: '^KV.(put|delete)', share: 0.3, ...before, ...refuse }],
    allows: 'forgotten',
    canBeWhole: true,
  },
  {
    name: 'KV writes and refuses',
    rules: [{ at: '^KV.put', ...gateway, share: 0.3, ...after, ...refuse }],
    allows: 'unheard',
  },
  {
    name: 'gateway dies',
    rules: [
      { at: '^EVENTS', ...gateway, share: 0.02, ...before, ...die },
      { at: '^EVENTS', ...gateway, share: 0.02, ...after, ...die },
      { at: PUTS_REPLY, ...gateway, share: 0.02, ...before, ...die },
      { at: '^ORIGIN', ...gateway, share: 0.02, ...after, ...die },
    ],
    allows: 'gateway_dies',
  },
  {
    name: 'D1 refuses',
    rules: [{ at: '^LEDGER', share: 0.3, ...before, ...refuse }],
    canBeWhole: true,
  },
  { name: 'D1 does it and refuses', rules: [{ at: '^LEDGER', share: 0.3, ...after, ...refuse }] },
  {
    name: 'D1 hangs',
    rules: [{ at: '^LEDGER', ...consumer, share: 1, times: 1, ...before, ...hang }],
  },
  { name: 'D1 is slow', rules: [{ at: '^LEDGER', share: 0.3, ...before, ...slow(1_000) }] },
  {
    name: 'consumer dies before it records',
    rules: [
      { at: '^LANES.offer', ...consumer, share: 0.1, ...before, ...die },
      { at: '^FETCH', ...lane, share: 0.01, ...after, ...die },
    ],
  },
  {
    name: 'consumer dies when it has recorded',
    rules: [{ at: '^LEDGER.batch', ...consumer, share: 0.2, ...after, ...die }],
  },
  {
    name: 'lane dies before its call',
    rules: [{ at: '^FETCH', ...lane, share: 0.02, ...before, ...kill }],
    allows: 'lane_dies',
  },
  {
    name: 'lane dies after the answer',
    rules: [{ at: '^FETCH', ...lane, share: 0.02, ...after, ...kill }],
    allows: 'lane_dies',
  },
  {
    name: 'lane dies before it records',
    rules: [{ at: '^LEDGER', ...lane, share: 0.1, ...before, ...kill }],
    allows: 'lane_dies',
    isAlways: true,
  },
]

const NETWORK_FAULTS: readonly ChaosFault[] = [
  {
    name: 'no connection to a target',
    rules: [{ at: '^FETCH', ...lane, share: 0.1, ...before, ...refuse }],
  },
  {
    name: "a target's answer is lost",
    rules: [{ at: '^FETCH', ...lane, share: 0.05, ...after, ...refuse }],
    allows: 'answer_lost',
  },
  {
    name: 'wrong address in the config',
    config: 'wrong_address',
    rules: [{ at: '^FETCH [^ ]*(moved.invalid|:1/)', ...before, ...slow(0) }],
  },
]

/** Longer than a target has. */
const LATE_MS = 3_000

const TARGET_FAULTS: readonly ChaosFault[] = [
  { name: 'answers 500', target: { script: answers(500), share: 0.3 }, canBeWhole: true },
  {
    name: 'answers 503 with Retry-After',
    target: { script: answers(503, { 'retry-after': '2' }), share: 0.15 },
  },
  {
    name: 'answers 429 with Retry-After',
    target: { script: answers(429, { 'retry-after': '2' }), share: 0.15 },
  },
  { name: 'answers 400', target: { script: answers(400), share: 0.15 } },
  { name: 'answers 301', target: { script: answers(301, { location: '/nobody' }), share: 0.15 } },
  { name: 'answers 410', target: { script: answers(410), share: 1, only: 'gone' } },
  { name: 'hangs', target: { script: hangs, share: 0.1 } },
  { name: 'answers when it is too late', target: { script: answersAfter(LATE_MS), share: 0.1 } },
  { name: 'closes the connection', target: { script: resets, share: 0.15 } },
  { name: 'sends no HTTP', target: { script: talksGarbage, share: 0.15 } },
  { name: 'sends its head a byte a second', target: { script: dripsHead, share: 0.1 } },
  { name: 'sends 200 and a body a byte a second', target: { script: dripsBody, share: 0.1 } },
  { name: 'sends 200 and 10 MB', target: { script: floods, share: 0.05 } },
]

/** Met when the gateway has accepted what the new one signed. */
export const PROMOTED = 'key promoted half-way'

const APP_FAULTS: readonly ChaosFault[] = [
  { name: 'app hangs', app: { script: hangs, share: 0.2 } },
  { name: 'app answers 500', app: { script: answers(500), share: 0.3 }, canBeWhole: true },
]

const CONFIG_FAULTS: readonly ChaosFault[] = [
  { name: 'config pushed', config: 'changes', isAlways: true },
  { name: PROMOTED, isAlways: true },
]

export const FAULTS: readonly ChaosFault[] = [
  ...WORKER_FAULTS,
  ...NETWORK_FAULTS,
  ...TARGET_FAULTS.map((fault) => ({ ...fault, name: `target ${fault.name}` })),
  ...APP_FAULTS,
  ...CONFIG_FAULTS,
]
