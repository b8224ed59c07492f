/** An adoption for people, before it happens and afterwards. No URL with a login. */
import { toTable } from '../terminal/table.ts'
import { fieldsOf } from './backup.ts'
import { TARGET_CHANNELS } from './guess-endpoint.ts'
import { maskOrNull } from './mask.ts'
import type { AdoptPlan, Change, Left, LeftReason } from './plan-adopt.ts'
import { countOf, KINDS, toCount, type ResourceKind } from './resource.ts'
import type { Wish } from './wish.ts'

/** Where each channel goes, what changes from what to what, and what is left alone. */
export function toPlanText(plan: AdoptPlan, wish: Wish): string {
  const parts = [toTargetLines(wish), toChangeTable(plan.changes), toShared(plan.changes)]
  return [...parts, toLeftLines(plan.left), toAlready(plan)]
    .filter((part) => part !== '')
    .join('\n\n')
}

function toTargetLines({ targets }: Wish): string {
  const lines = TARGET_CHANNELS.map((channel) => {
    const target = targets[channel]
    if (target === null) return `${channel} is left alone (--${channel} /path changes it)`
    return `${channel} goes to ${target.url}${target.isChosen ? '' : ' (guessed from the config)'}`
  })
  return lines.join('\n')
}

interface Row {
  kind: ResourceKind
  field: string
  from: string | null
  to: string | null
  count: number
}

/** Alike changes in one row, the most frequent first. */
export function groupChanges(changes: readonly Change[]): Row[] {
  const rows = new Map<string, Row>()
  for (const { resource, set } of changes) {
    for (const field of fieldsOf(set)) {
      const from = maskOrNull(resource.fields[field] ?? null)
      const to = maskOrNull(set[field] ?? null)
      const key = JSON.stringify([resource.kind, field, from, to])
      const row = rows.get(key)
      if (row) row.count += 1
      else rows.set(key, { kind: resource.kind, field, from, to, count: 1 })
    }
  }
  return [...rows.values()].toSorted((a, b) => b.count - a.count)
}

function toChangeTable(changes: readonly Change[]): string {
  const rows = groupChanges(changes).map(({ kind, field, from, to, count }) => [
    countOf(kind, count),
    field,
    from ?? '(none)',
    `→ ${to ?? '(none)'}`,
  ])
  return rows.length === 0 ? '' : toTable(['CHANGES', 'FIELD', 'FROM', 'TO'], rows)
}

function toShared(changes: readonly Change[]): string {
  return changes
    .filter(({ moves }) => moves > 0)
    .map(({ resource: { kind, name, sid }, moves }) => {
      const numbers = moves === 1 ? 'one number' : `${toCount(moves)} numbers`
      return `${KINDS[kind].names[0]} ${name} (${sid}) moves ${numbers}`
    })
    .join('\n')
}

const REASONS: Record<LeftReason, string> = {
  trunk: 'calls go to a SIP trunk, which has no webhook',
  shared:
    'shares what decides with others that were not chosen: choose all of them, or that, by its SID',
  disabled:
    'its messaging service drops what comes in: choose the service by its SID to change that',
  missing: 'names a TwiML app or messaging service that is not there',
  unread: 'the messaging services of its account could not be read: messages are left as they are',
  not_chosen: 'no number uses it, so it may serve calls that go out: choose it by its SID',
}

function toLeftLines(left: readonly Left[]): string {
  const groups = Map.groupBy(left, ({ reason, resource, bySid }) =>
    [reason, resource.kind, ...(reason === 'shared' ? [bySid] : [])].join(' '),
  )
  const lines = [...groups.values()].flatMap((group) => {
    const [first] = group
    if (!first) return []
    const { reason, resource, bySid } = first
    const why = reason === 'shared' ? `${REASONS[reason]}, ${bySid}` : REASONS[reason]
    const others = group.length > 1 ? ` …` : ''
    return [`left: ${countOf(resource.kind, group.length)} (${resource.name}${others}): ${why}`]
  })
  return lines.join('\n')
}

const toAlready = ({ already }: AdoptPlan): string =>
  already === 0 ? '' : `${toCount(already)} as they should be already`

/** For `--json`. */
export function toPlanData(plan: AdoptPlan, wish: Wish) {
  return {
    targets: wish.targets,
    changes: plan.changes.map(({ resource: { account, kind, sid, name, fields }, set, moves }) => ({
      account,
      kind,
      sid,
      name,
      moves,
      fields: fieldsOf(set).map((field) => ({
        field,
        from: maskOrNull(fields[field] ?? null),
        to: maskOrNull(set[field] ?? null),
      })),
    })),
    already: plan.already,
    left: plan.left.map(({ resource: { account, kind, sid, name }, reason, bySid }) => {
      return { account, kind, sid, name, reason, bySid }
    }),
    withoutFallback: plan.withoutFallback,
  }
}
