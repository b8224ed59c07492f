/** A rotation's progress in words, and for scripts. Keys appear by their names. */
import { toTable } from '../terminal/table.ts'
import type { Standing, Step } from './decide-step.ts'
import { NEXT } from './ring-edit.ts'
import type { Progress } from './run.ts'
import { toTime } from './steps.ts'

const STANDINGS: Record<Standing, string> = {
  single: 'one token, nothing under way',
  created: 'the new token is created, the old one signs',
  promoted: 'the new token is promoted and signs',
  next_lost: 'Twilio does not accept the new key of the ring',
  locked_out: 'Twilio accepts no key of the ring',
}

const NEXT_STEPS: Record<Step, string> = {
  create: 'create a secondary token and add it to the ring',
  upload: 'give the Workers the ring',
  promote: 'promote the new token',
  switch: 'put the new key first, for our own logins',
  watch: 'remove the old key once it has been silent for 15 minutes: run rotate again later',
  finish: 'remove the old key',
  abort: 'delete the new token',
}

export function toData(account: string, progress: Progress) {
  const { did, next, stop, quietAt, rotating, standing } = progress
  return {
    account,
    standing,
    end: progress.end ?? null,
    did,
    next,
    stop,
    ring: [rotating.current, ...(rotating.next ? [rotating.next] : [])].map(({ name }) => name),
    keys: toRows(progress).map(([name, role, count, lastSeen]) => ({
      name,
      role,
      count,
      lastSeen,
    })),
    finishAt: quietAt ? toTime(quietAt) : null,
  }
}

export function toText(account: string, progress: Progress): string {
  const { end, next, quietAt, standing, uses } = progress
  if (end === 'finished') return `The auth token of ${account} is rotated: one key, the new one.`
  if (end === 'aborted') return `The rotation of ${account} is aborted: one key, the old one.`
  const head = `${account}: ${STANDINGS[standing ?? 'locked_out']}.`
  const record = uses ? [toRecord(progress), ''] : []
  const time = quietAt ? [`The old key may go at ${toTime(quietAt)}, if it stays silent.`] : []
  const then = next ? [`Next: ${NEXT_STEPS[next]}.`] : []
  return [head, ...record, ...time, ...then].join('\n')
}

function toRecord(progress: Progress): string {
  const rows = toRows(progress)
  if (rows.length === 0) return '\nNo event since the promotion.'
  return `\n${toTable(['KEY', 'ROLE', 'EVENTS SINCE', 'LAST SEEN'], rows)}`
}

type Row = [name: string, role: string, count: number, lastSeen: string]

function toRows({ rotating, uses = [] }: Progress): Row[] {
  const roles: Record<string, string> = { [rotating.current.name]: 'old', [NEXT]: 'new' }
  return uses.map(({ name, count, lastSeenAt }) => [
    name ?? '(not told)',
    (name === null ? undefined : roles[name]) ?? 'other',
    count,
    toTime(lastSeenAt),
  ])
}
