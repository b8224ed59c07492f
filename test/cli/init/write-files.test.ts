import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeFiles } from '../../../src/cli/init/write-files.ts'
import { WorkError } from '../../../src/cli/terminal/errors.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'switchboard-init-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const read = (path: string) => readFileSync(join(folder, path), 'utf8')

describe('writeFiles', () => {
  it('makes the folders, keeps what was there, and sets permissions', () => {
    writeFileSync(join(folder, 'a.ts'), 'old')
    writeFileSync(join(folder, '.dev.vars'), 'A=1\n', { mode: 0o644 })
    writeFiles(folder, [
      { path: 'a.ts', text: 'new', backup: 'a.ts.bak' },
      { path: 'replies/b.xml', text: '<Response/>', backup: null },
      { path: '.dev.vars', text: 'A=1\nB=2\n', backup: null, mode: 0o600 },
    ])
    expect([read('a.ts'), read('a.ts.bak'), read('replies/b.xml')]).toEqual([
      'new',
      'old',
      '<Response/>',
    ])
    expect(statSync(join(folder, '.dev.vars')).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder).toSorted()).toEqual(['.dev.vars', 'a.ts', 'a.ts.bak', 'replies'])
  })

  it('changes nothing when a file cannot even be prepared', () => {
    writeFileSync(join(folder, 'a.ts'), 'old')
    writeFileSync(join(folder, 'replies'), 'a file where a folder should be')
    const files = [
      { path: 'a.ts', text: 'new', backup: 'a.ts.bak' },
      { path: 'replies/b.xml', text: '<Response/>', backup: null },
    ]
    expect(() => writeFiles(folder, files)).toThrow(/Nothing was changed/)
    expect(read('a.ts')).toBe('old')
    expect(readdirSync(folder).toSorted()).toEqual(['a.ts', 'replies'])
  })

  it('says what was written when it fails half-way, and leaves nothing lying about', () => {
    mkdirSync(join(folder, 'b.ts'))
    const files = [
      { path: 'a.ts', text: 'new', backup: null },
      { path: 'b.ts', text: 'new', backup: null },
    ]
    let thrown: unknown
    try {
      writeFiles(folder, files)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(WorkError)
    expect(thrown).toMatchObject({ code: 'write_failed', exitCode: 1 })
    expect(String(thrown)).toContain('Written: a.ts.')
    expect(readdirSync(folder).toSorted()).toEqual(['a.ts', 'b.ts'])
  })

  it('writes through a link', () => {
    writeFileSync(join(folder, 'real'), 'old')
    symlinkSync(join(folder, 'real'), join(folder, '.dev.vars'))
    writeFiles(folder, [{ path: '.dev.vars', text: 'new', backup: null, mode: 0o600 }])
    expect(read('real')).toBe('new')
  })
})
