import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openNamelessFile } from '../../../src/cli/cloudflare/nameless-file.ts'

describe('openNamelessFile', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'switchboard-'))
    vi.stubEnv('TMPDIR', folder)
  })
  afterEach(() => {
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true, force: true })
  })

  const text = JSON.stringify({ SECRET: 'é"\n'.repeat(50_000) })

  it.each([
    ['reads it', 'process.stdin.pipe(process.stdout)'],
    ['opens it by name', 'process.stdout.write(require("fs").readFileSync("/dev/stdin"))'],
  ])('is what a child gets that %s', (_how, script) => {
    const file = openNamelessFile(text)
    const stdio = [file, 'pipe', 'inherit'] as const
    const child = spawnSync(process.execPath, ['-e', script], {
      stdio: [...stdio],
      encoding: 'utf8',
      maxBuffer: 1e7,
    })
    closeSync(file)
    expect(child.stdout === text).toBe(true)
  })

  it('leaves nothing behind, even while it is open', () => {
    const file = openNamelessFile(text)
    expect(readdirSync(folder)).toEqual([])
    closeSync(file)
  })
})
