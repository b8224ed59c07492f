/**
 * What restore puts back, field by field. Pure. A URL and its method go together: somebody who changed
 * one of them since meant both, so both are left.
 */
import { fieldsOf, type Backup, type BackupEntry } from './backup.ts'
import { KINDS, type FieldName, type Fields, type Resource } from './resource.ts'

export interface RestoreInput {
  backup: Backup
  /** SIDs; null: all. */
  chosen: readonly string[] | null
  bySid: ReadonlyMap<string, Resource>
  /** Whether everything of this account and kind was read, so that what is not there is gone. */
  wasRead: (entry: BackupEntry) => boolean
  /** Also put back what somebody changed since, and forget what is gone. */
  force: boolean
}

export interface PutBack {
  resource: Resource
  set: Fields
}

export interface RestorePlan {
  putBack: PutBack[]
  /** As they were, already: their entries can go. */
  back: { sid: string; names: FieldName[] }[]
  /** Changed by somebody since: left as they are. */
  conflicts: { sid: string; name: string; fields: FieldName[] }[]
  gone: { sid: string; name: string }[]
  unread: { sid: string; name: string; account: string }[]
}

export function planRestore(input: RestoreInput): RestorePlan {
  const { backup, chosen, bySid, wasRead, force } = input
  const plan: RestorePlan = { putBack: [], back: [], conflicts: [], gone: [], unread: [] }
  for (const [sid, entry] of Object.entries(backup.entries)) {
    if (chosen !== null && !chosen.includes(sid)) continue
    const { name, account } = entry
    const resource = bySid.get(sid)
    if (resource) planOne(plan, entry, resource, force)
    else if (!wasRead(entry)) plan.unread.push({ sid, name, account })
    else {
      plan.gone.push({ sid, name })
      if (force) plan.back.push({ sid, names: fieldsOf(entry.fields) })
    }
  }
  return plan
}

function planOne(plan: RestorePlan, entry: BackupEntry, resource: Resource, force: boolean): void {
  const { sid, name } = resource
  const set: Fields = {}
  const back: FieldName[] = []
  const left: FieldName[] = []
  for (const group of groupFields(entry)) {
    const isTouched = group.some((field) => stateOf(entry, field, resource) === 'theirs')
    for (const field of group) {
      if (stateOf(entry, field, resource) === 'original') back.push(field)
      else if (isTouched && !force) left.push(field)
      else set[field] = entry.fields[field]?.original ?? null
    }
  }
  if (Object.keys(set).length > 0) plan.putBack.push({ resource, set })
  if (back.length > 0) plan.back.push({ sid, names: back })
  if (left.length > 0) plan.conflicts.push({ sid, name, fields: left })
}

function stateOf(
  { fields }: BackupEntry,
  field: FieldName,
  resource: Resource,
): 'original' | 'ours' | 'theirs' {
  const known = fields[field]
  const now = resource.fields[field] ?? null
  if (!known || now === known.original) return 'original'
  return known.ours.includes(now) ? 'ours' : 'theirs'
}

/** Each URL with its method. */
function groupFields({ kind, fields }: BackupEntry): FieldName[][] {
  const pairs = KINDS[kind].slots.flatMap(({ url, method, fallbackUrl, fallbackMethod }) => [
    [url, method],
    [fallbackUrl, fallbackMethod],
  ])
  return pairs.map((pair) =>
    pair.filter((name) => name !== undefined).filter((name) => fields[name] !== undefined),
  )
}
