/** From what was hit, and from what the Workers logged, to what verify.ts may excuse. Pure. */
import { toLaneName } from '../../src/consumer/lanes.ts'
import { BIRTH, type Hit } from '../../test/faults/fault.ts'
import type { Evidence, FaultHit, Window } from './accounts.ts'
import { FAULTS, type ChaosFault } from './faults.ts'
import { CONCURRENCY } from './config.ts'

export interface Observed {
  windows: readonly Window[]
  /** Of the Workers. */
  hits: readonly Hit[]
  /** Of the targets and the app. */
  others: readonly FaultHit[]
  logged: Logged
}

/** What the gateway itself says of ids. */
export interface Logged {
  /** It did not wait for the queue or the outbox any longer. */
  late: Set<string>
  /** It did without the recorded reply, or could not record it. */
  forgotten: Set<string>
  unstored: Set<string>
}

const ALLOWS = new Map(FAULTS.map(({ name, allows }) => [name, allows]))
/** A fault's rules are told apart by a number behind its name. */
export const toFaultName = (rule: string): string => rule.replace(/#\d+$/, '')

export function toEvidence({ windows, hits, others, logged }: Observed): Evidence {
  const allowing = (what: ChaosFault['allows']) =>
    hits.filter(({ fault }) => ALLOWS.get(toFaultName(fault)) === what)
  const idsOf = (some: readonly Hit[]) => some.flatMap(({ call }) => toIds(call))
  return {
    windows,
    hits: [...hits.filter(({ fault }) => fault !== BIRTH).map(toFaultHit), ...others],
    laneBirths: hits.filter(({ fault }) => fault === BIRTH).map(({ lane, at }) => ({ lane, at })),
    laneDeaths: allowing('lane_dies').map(({ lane, at }) => ({ lane, at })),
    gatewayDeaths: allowing('gateway_dies').map(({ at }) => at),
    unrecorded: hits
      .filter(({ fault }) => /^(?:D1|consumer) /.test(toFaultName(fault)))
      .map(({ at }) => at),
    lostAnswers: new Set(allowing('answer_lost').map(({ call }) => toDelivery(call))),
    unheard: new Set([...idsOf(allowing('unheard')), ...logged.late]),
    forgottenReplies: new Set([...idsOf(allowing('forgotten')), ...logged.forgotten]),
    unstored: logged.unstored,
    laneOf: (target, eventId) => toLaneName({ name: target, concurrency: CONCURRENCY }, eventId),
  }
}

const toFaultHit = ({ fault, at, call }: Hit): FaultHit => ({
  fault: toFaultName(fault),
  at,
  ids: toIds(call),
})

/** `KV.get token:evt_…`, `EVENTS.sendBatch evt_… evt_…`, `FETCH http://… evt_…`; others name none. */
export function toIds(call: string): string[] {
  const [name = '', ...words] = call.split(' ')
  if (name.startsWith('KV.')) return words.map((key) => key.slice(key.indexOf(':') + 1))
  if (name === 'FETCH') return words.slice(1)
  return /^(?:EVENTS|DEAD)\./.test(name) ? words : []
}

function toDelivery(call: string): string {
  const [, url = '', id = ''] = call.split(' ')
  return `${id} ${new URL(url).pathname.slice(1)}`
}

/** Reads a line of a Worker's log. */
export function noteLine(text: string, logged: Logged): void {
  if (!text.startsWith('{"event":')) return
  const line: Record<string, unknown> = JSON.parse(text)
  const id = String(line['eventId'])
  if (line['event'] === 'token.unrecorded') logged.forgotten.add(id)
  if (line['event'] === 'event.unstored') logged.unstored.add(toUnstoredId(line['message']))
  if (line['event'] !== 'webhook.received') return
  const faults = String(line['faults'])
  if (/(?:queue|outbox|event)\.late/.test(faults)) logged.late.add(id)
  if (faults.includes('lookup.')) logged.forgotten.add(id)
}

function toUnstoredId(message: unknown): string {
  const event: unknown = Reflect.get(Object(message), 'event')
  return String(Reflect.get(Object(event), 'id'))
}
