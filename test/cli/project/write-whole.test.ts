/** Files that are written whole or not at all. */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { lstatSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { stageFile, writeWhole } from '../../../src/cli/project/write-whole.ts'

let folder = ''
const at = (name: string) => join(folder, name)
const modeOf = (name: string) => statSync(at(name)).mode & 0o777

beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'write-whole-'))))
afterEach(() => rmSync(folder, { recursive: true }))

describe('writeWhole', () => {
  it.each([{}, { isDurable: true }])(
    'writes over what is there, and leaves nothing else: %o',
    (options) => {
      writeFileSync(at('a'), 'old')
      writeWhole(at('a'), 'new', options)
      expect(readFileSync(at('a'), 'utf8')).toBe('new')
      expect(readdirSync(folder)).toEqual(['a'])
    },
  )

  it('is for its owner only when that is asked for, whatever was there before', () => {
    writeFileSync(at('a'), 'old')
    writeFileSync(at(`a.${process.pid}.tmp`), 'left by a killed process')
    chmodSync(at('a'), 0o644)
    chmodSync(at(`a.${process.pid}.tmp`), 0o666)
    writeWhole(at('a'), 'new', { mode: 0o600 })
    expect(modeOf('a')).toBe(0o600)
  })

  it('writes through a link', () => {
    writeFileSync(at('real'), 'old')
    symlinkSync(at('real'), at('link'))
    writeWhole(at('link'), 'new')
    expect(lstatSync(at('link')).isSymbolicLink()).toBe(true)
    expect(readFileSync(at('real'), 'utf8')).toBe('new')
  })

  it('changes nothing when it fails', () => {
    mkdirSync(at('taken'))
    writeFileSync(at('taken/inside'), '')
    expect(() => writeWhole(at('taken'), 'new')).toThrow('EISDIR')
    expect(() => writeWhole(at('missing/a'), 'new')).toThrow('ENOENT')
    expect(readdirSync(folder)).toEqual(['taken'])
  })
})

describe('stageFile', () => {
  it('changes nothing before the commit, and nothing when it is discarded', () => {
    writeFileSync(at('a'), 'old')
    stageFile(at('a'), 'given up').discard()
    const staged = stageFile(at('a'), 'new')
    expect(readFileSync(at('a'), 'utf8')).toBe('old')
    staged.commit()
    staged.discard()
    expect(readFileSync(at('a'), 'utf8')).toBe('new')
    expect(readdirSync(folder)).toEqual(['a'])
  })
})
