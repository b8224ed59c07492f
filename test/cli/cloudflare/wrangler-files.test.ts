import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import {
  readWranglerFiles,
  setId,
  writeId,
  type IdLine,
} from '../../../src/cli/cloudflare/wrangler-files.ts'
import { ROOT } from '../../e2e/switchboard.ts'

const KV: IdLine = { table: 'kv_namespaces', binding: 'KV', key: 'id', value: 'new' }

describe('setId', () => {
  it.each([
    [
      'in place',
      '[[kv_namespaces]]\nbinding = "KV"\nid = "old"\n',
      '[[kv_namespaces]]\nbinding = "KV"\nid = "new"\n',
    ],
    [
      'and keeps a comment',
      '[[kv_namespaces]]\nid = "old" # mine\nbinding = "KV"',
      '[[kv_namespaces]]\nid = "new" # mine\nbinding = "KV"',
    ],
    [
      'with the other quotes and indented',
      "  [[kv_namespaces]]\n  binding = 'KV'\n  id = 'old'",
      '  [[kv_namespaces]]\n  binding = \'KV\'\n  id = "new"',
    ],
    [
      'where there was none',
      '[[kv_namespaces]]\nbinding = "KV"\n\n[vars]\nid = "x"',
      '[[kv_namespaces]]\nbinding = "KV"\nid = "new"\n\n[vars]\nid = "x"',
    ],
    [
      'of the right binding only',
      '[[kv_namespaces]]\nbinding = "OTHER"\nid = "a"\n[[kv_namespaces]]\nbinding = "KV"\nid = "b"',
      '[[kv_namespaces]]\nbinding = "OTHER"\nid = "a"\n[[kv_namespaces]]\nbinding = "KV"\nid = "new"',
    ],
    [
      'and nothing else',
      '[[d1_databases]]\nbinding = "KV"\nid = "a"',
      '[[d1_databases]]\nbinding = "KV"\nid = "a"',
    ],
    [
      'not in a comment',
      '[[kv_namespaces]]\nbinding = "KV"\n# id = "a"\nid = "b"',
      '[[kv_namespaces]]\nbinding = "KV"\n# id = "a"\nid = "new"',
    ],
  ])('writes it %s', (_what, before, after) => {
    expect(setId(before, KV)).toBe(after)
    expect(setId(after, KV)).toBe(after)
  })
})

describe('writeId', () => {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-'))
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('changes that line of every file that has the binding, and no other', () => {
    const names = ['wrangler.toml', 'wrangler.consumer.toml']
    for (const name of names) writeFileSync(join(folder, name), readFileSync(join(ROOT, name)))
    const before = names.map((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
    const files = readWranglerFiles(folder)
    expect(writeId(files, KV).toSorted()).toEqual(names.toSorted())
    for (const [i, name] of names.entries()) {
      const lines = readFileSync(join(folder, name), 'utf8').split('\n')
      expect(lines.filter((line, at) => line !== before[i]?.[at])).toEqual(['id = "new"'])
    }
    expect(writeId(files, KV)).toEqual([])
    expect(files.map(({ settings }) => settings.kv_namespaces)).toEqual([
      [{ binding: 'KV', id: 'new' }],
      [{ binding: 'KV', id: 'new' }],
    ])
  })
})
