import { describe, expect, it } from 'vitest'
import { toTable } from '../../../src/cli/terminal/table.ts'

describe('toTable', () => {
  it('aligns columns without lines, and leaves no space at the ends', () => {
    const table = toTable(
      ['name', 'status'],
      [
        ['crm', 200],
        ['archive', null],
        ['ops', ''],
      ],
    )
    expect(table.split('\n')).toEqual([
      'name     status',
      'crm      200',
      'archive  -',
      'ops      -',
    ])
  })

  it('shows the head alone when there is nothing', () => {
    expect(toTable(['name', 'status'], [])).toBe('name  status')
  })

  it('has no colours of its own', () => {
    // oxlint-disable-next-line no-control-regex
    expect(toTable(['a'], [['b']])).not.toMatch(/\u001b/)
  })
})
