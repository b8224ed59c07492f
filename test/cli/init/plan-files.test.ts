import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DEMO_MARKER, planFiles } from '../../../src/cli/init/plan-files.ts'

const FILE = { path: 'switchboard.config.ts', text: 'new' }

const plan = (there: Record<string, string>) =>
  planFiles([FILE], (path) => there[path] ?? null).map(({ action, backup, needsConsent }) => ({
    action,
    backup,
    needsConsent,
  }))

describe('planFiles', () => {
  it('creates what is not there', () => {
    expect(plan({})).toEqual([{ action: 'create', backup: null, needsConsent: false }])
  })

  it('leaves alone what is the same', () => {
    expect(plan({ 'switchboard.config.ts': 'new' })).toEqual([
      { action: 'unchanged', backup: null, needsConsent: false },
    ])
  })

  it('replaces the demo that the clone came with, and keeps it', () => {
    expect(plan({ 'switchboard.config.ts': `// ${DEMO_MARKER}` })).toEqual([
      { action: 'replace', backup: 'switchboard.config.ts.bak', needsConsent: false },
    ])
  })

  it('wants somebody to agree before it replaces anything else', () => {
    expect(plan({ 'switchboard.config.ts': 'mine' })).toEqual([
      { action: 'replace', backup: 'switchboard.config.ts.bak', needsConsent: true },
    ])
  })

  it('takes the first name for a copy that is free', () => {
    const there = {
      'switchboard.config.ts': 'mine',
      'switchboard.config.ts.bak': 'older',
      'switchboard.config.ts.bak.2': 'old',
    }
    expect(plan(there)).toMatchObject([{ backup: 'switchboard.config.ts.bak.3' }])
  })
})

describe('the shipped config', () => {
  const shipped = readFileSync(join(import.meta.dirname, '../../../switchboard.config.ts'), 'utf8')

  it('is known as the demo, or is somebody’s own by now', () => {
    const isOwn = shipped.includes('Written by `switchboard init`')
    expect(shipped.includes(DEMO_MARKER) || isOwn).toBe(true)
  })
})
