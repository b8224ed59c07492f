import { describe, expect, it } from 'vitest'
import {
  addAnswers,
  addOriginals,
  backupSchema,
  EMPTY_BACKUP,
  findOverwritten,
  removeFields,
  type Backup,
} from '../../../src/cli/numbers/backup.ts'
import { planRestore } from '../../../src/cli/numbers/plan-restore.ts'
import type { Fields } from '../../../src/cli/numbers/resource.ts'
import { toResource } from './resources.ts'

const NOW = new Date('2026-11-20T10:00:00Z')

/** What adopt saves when it finds `fields` and wants `set`. */
function save(backup: Backup, fields: Fields, set: Fields): Backup {
  const resource = toResource('number', 'PN1', { fields })
  return addOriginals(backup, [{ resource, set, moves: 0 }], NOW)
}

const first = save(
  EMPTY_BACKUP,
  { voiceUrl: 'old', voiceMethod: 'GET', smsUrl: null },
  { voiceUrl: 'ours', voiceMethod: 'POST', smsUrl: 'ours' },
)

function restore(backup: Backup, now: Fields | null, more = {}) {
  const found = now === null ? [] : [toResource('number', 'PN1', { fields: now })]
  const bySid = new Map(found.map((each) => [each.sid, each]))
  const options = { chosen: null, wasRead: () => true, force: false, ...more }
  const plan = planRestore({ backup, bySid, ...options })
  return {
    set: plan.putBack[0]?.set ?? {},
    back: plan.back.flatMap(({ names }) => names),
    conflicts: plan.conflicts.flatMap(({ fields }) => fields),
    gone: plan.gone.length,
    unread: plan.unread.length,
  }
}

const NOTHING = { set: {}, back: [], conflicts: [], gone: 0, unread: 0 }
const OURS = { voiceUrl: 'ours', voiceMethod: 'POST', smsUrl: 'ours' }
const ORIGINAL = { voiceUrl: 'old', voiceMethod: 'GET', smsUrl: null }

describe('addOriginals', () => {
  it('is what the file may hold', () => {
    expect(backupSchema.safeParse(structuredClone(first)).success).toBe(true)
  })

  it('never replaces what was there first', () => {
    const again = save(first, { ...OURS, voiceUrl: 'theirs' }, { voiceUrl: 'ours2' })
    expect(again.entries['PN1']?.fields.voiceUrl).toEqual({
      original: 'old',
      ours: ['ours', 'ours2'],
    })
    expect(again.entries['PN1']?.fields.smsUrl).toEqual({ original: null, ours: ['ours'] })
  })

  it('adds a field that a later adopt is the first to change', () => {
    const more = save(first, { ...OURS, smsFallbackUrl: 'help' }, { smsFallbackUrl: 'bin' })
    expect(more.entries['PN1']?.fields.smsFallbackUrl).toEqual({ original: 'help', ours: ['bin'] })
  })
})

describe('findOverwritten', () => {
  const find = (fields: Fields) =>
    findOverwritten(first, [
      { resource: toResource('number', 'PN1', { fields }), set: { voiceUrl: 'ours2' }, moves: 0 },
    ])

  it('finds what somebody wrote since, and nothing else', () => {
    expect(find({ voiceUrl: 'theirs' })).toEqual(['PN1'])
    expect(find({ voiceUrl: 'ours' })).toEqual([])
    expect(find({ voiceUrl: 'old' })).toEqual([])
  })
})

describe('planRestore', () => {
  it('puts back every field that adopt changed', () => {
    expect(restore(first, OURS)).toEqual({ ...NOTHING, set: ORIGINAL })
  })

  it('has nothing to do for what is back, or never was changed', () => {
    expect(restore(first, ORIGINAL)).toMatchObject({
      set: {},
      back: ['voiceUrl', 'voiceMethod', 'smsUrl'],
    })
  })

  it('puts back the rest of a half-way change', () => {
    const half = { ...ORIGINAL, smsUrl: 'ours' }
    expect(restore(first, half)).toMatchObject({ set: { smsUrl: null }, conflicts: [] })
  })

  it('knows every value that adopt meant to write, also after it died before writing the last', () => {
    const again = save(first, OURS, { voiceUrl: 'ours2' })
    expect(restore(again, OURS)).toMatchObject({ set: ORIGINAL, conflicts: [] })
    expect(restore(again, { ...OURS, voiceUrl: 'ours2' })).toMatchObject({ set: ORIGINAL })
  })

  it('knows what Twilio made of a value', () => {
    const set = { voiceUrl: 'ours' }
    const answered = addAnswers(first, [{ sid: 'PN1', set, answer: { voiceUrl: 'ours/' } }])
    expect(restore(answered, { ...OURS, voiceUrl: 'ours/' }).conflicts).toEqual([])
  })

  it('leaves what somebody changed, with the method that goes with it', () => {
    const theirs = { ...OURS, voiceUrl: 'theirs' }
    expect(restore(first, theirs)).toMatchObject({
      set: { smsUrl: null },
      conflicts: ['voiceUrl', 'voiceMethod'],
    })
    const method = { ...OURS, voiceMethod: 'PUT' }
    expect(restore(first, method).conflicts).toEqual(['voiceUrl', 'voiceMethod'])
    expect(restore(first, theirs, { force: true })).toMatchObject({ set: ORIGINAL, conflicts: [] })
  })

  it('tells what is gone from what could not be read', () => {
    expect(restore(first, null)).toEqual({ ...NOTHING, gone: 1 })
    expect(restore(first, null, { wasRead: () => false })).toEqual({ ...NOTHING, unread: 1 })
    expect(restore(first, null, { force: true }).back).toHaveLength(3)
  })

  it('keeps to what is chosen', () => {
    expect(restore(first, OURS, { chosen: ['PN2'] })).toEqual(NOTHING)
  })
})

describe('removeFields', () => {
  it('takes out fields, and the entry with its last one', () => {
    const some = removeFields(first, [{ sid: 'PN1', names: ['voiceUrl', 'voiceMethod'] }])
    expect(Object.keys(some.entries['PN1']?.fields ?? {})).toEqual(['smsUrl'])
    const none = removeFields(some, [
      { sid: 'PN1', names: ['smsUrl'] },
      { sid: 'PN9', names: ['smsUrl'] },
    ])
    expect(none.entries).toEqual({})
  })
})
