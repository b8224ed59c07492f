/** A restore for people, and for `--json`. No URL with a login. */
import { toTable } from '../terminal/table.ts'
import { groupChanges } from './adopt-text.ts'
import { fieldsOf } from './backup.ts'
import { maskOrNull } from './mask.ts'
import type { RestorePlan } from './plan-restore.ts'
import { countOf, toCount } from './resource.ts'

export function toRestoreText({ putBack, conflicts, gone, unread }: RestorePlan): string {
  const rows = groupChanges(putBack.map((each) => ({ ...each, moves: 0 }))).map((row) => [
    countOf(row.kind, row.count),
    row.field,
    row.from ?? '(none)',
    `→ ${row.to ?? '(none)'}`,
  ])
  const table = rows.length === 0 ? '' : toTable(['CHANGES', 'FIELD', 'FROM', 'TO'], rows)
  const lines = [
    ...conflicts.map(
      ({ sid, name, fields }) =>
        `left: ${name} (${sid}): changed by somebody since: ${fields.join(', ')} (--force puts it back)`,
    ),
    ...gone.map(
      ({ sid, name }) => `gone: ${name} (${sid}) is not there any more (--force forgets it)`,
    ),
    ...unread.map(
      ({ sid, name, account }) =>
        `left: ${name} (${sid}): this login does not reach ${account}: add its auth token to TWILIO_AUTH_TOKENS`,
    ),
  ]
  const MOST = 20
  const more =
    lines.length > MOST ? [`and ${toCount(lines.length - MOST)} more (--json has all)`] : []
  return [table, [...lines.slice(0, MOST), ...more].join('\n')]
    .filter((part) => part !== '')
    .join('\n\n')
}

export function toRestoreData({ putBack, back, conflicts, gone, unread }: RestorePlan) {
  return {
    changes: putBack.map(({ resource: { account, kind, sid, name, fields }, set }) => ({
      account,
      kind,
      sid,
      name,
      fields: fieldsOf(set).map((field) => ({
        field,
        from: maskOrNull(fields[field] ?? null),
        to: maskOrNull(set[field] ?? null),
      })),
    })),
    alreadyBack: back.length,
    conflicts,
    gone,
    unread,
  }
}
