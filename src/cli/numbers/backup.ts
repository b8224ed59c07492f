/**
 * What adopt found before it changed anything: pure. For each field the value that was there first, and
 * every value that adopt ever meant to write, so that restore can tell its own work from somebody
 * else's, also when a run died between saving and changing.
 */
import { z } from 'zod'
import type { Change } from './plan-adopt.ts'
import { FIELD_NAMES, RESOURCE_KINDS, type FieldName, type Fields } from './resource.ts'

const value = z.string().nullable()
const field = z.strictObject({ original: value, ours: z.array(value) })

const entry = z.strictObject({
  account: z.string(),
  kind: z.enum(RESOURCE_KINDS),
  name: z.string(),
  savedAt: z.string(),
  fields: z.partialRecord(z.enum(FIELD_NAMES), field),
})

export const backupSchema = z.strictObject({
  format: z.literal(1),
  /** By SID. */
  entries: z.record(z.string(), entry),
})

export type Backup = z.infer<typeof backupSchema>
export type BackupEntry = z.infer<typeof entry>

export const EMPTY_BACKUP: Backup = { format: 1, entries: {} }

/** Adds what is about to change. What was there first is never replaced. */
export function addOriginals(backup: Backup, changes: readonly Change[], now: Date): Backup {
  const entries = { ...backup.entries }
  for (const { resource, set } of changes) {
    const { account, kind, name, sid } = resource
    const before = entries[sid]
    const fields = { ...before?.fields }
    for (const key of fieldsOf(set)) {
      const known = fields[key] ?? { original: resource.fields[key] ?? null, ours: [] }
      const wanted = set[key] ?? null
      const ours = known.ours.includes(wanted) ? known.ours : [...known.ours, wanted]
      fields[key] = { original: known.original, ours }
    }
    entries[sid] = { account, kind, name, savedAt: before?.savedAt ?? now.toISOString(), fields }
  }
  return { ...backup, entries }
}

/** Notes what Twilio made of values, where it is not what was sent. */
export function addAnswers(
  backup: Backup,
  answers: readonly { sid: string; set: Fields; answer: Fields }[],
): Backup {
  const entries = { ...backup.entries }
  for (const { sid, set, answer } of answers) {
    const before = entries[sid]
    if (!before) continue
    const fields = { ...before.fields }
    for (const key of fieldsOf(set)) {
      const known = fields[key]
      const now = answer[key] ?? null
      if (!known || known.ours.includes(now)) continue
      fields[key] = { ...known, ours: [...known.ours, now] }
    }
    entries[sid] = { ...before, fields }
  }
  return { ...backup, entries }
}

/** Takes out fields that are back; an entry too, when none of its fields is left. */
export function removeFields(
  backup: Backup,
  back: readonly { sid: string; names: readonly FieldName[] }[],
): Backup {
  const entries = new Map(Object.entries(backup.entries))
  for (const { sid, names } of back) {
    const before = entries.get(sid)
    if (!before) continue
    const fields = { ...before.fields }
    for (const name of names) delete fields[name]
    if (Object.keys(fields).length === 0) entries.delete(sid)
    else entries.set(sid, { ...before, fields })
  }
  return { ...backup, entries: Object.fromEntries(entries) }
}

/**
 * Resources that somebody else changed after adopt did, and that adopt is about to change again: what
 * was there first stays in the backup, what they wrote does not get in.
 */
export function findOverwritten(backup: Backup, changes: readonly Change[]): string[] {
  return changes
    .filter(({ resource, set }) =>
      fieldsOf(set).some((key) => {
        const known = backup.entries[resource.sid]?.fields[key]
        const now = resource.fields[key] ?? null
        return known !== undefined && now !== known.original && !known.ours.includes(now)
      }),
    )
    .map(({ resource }) => resource.sid)
}

export const fieldsOf = (fields: Fields | BackupEntry['fields']): FieldName[] =>
  FIELD_NAMES.filter((name) => fields[name] !== undefined)
