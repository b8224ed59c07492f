import { describe, expect, it } from 'vitest'
import { toBatches } from '../../src/events/batches.ts'

const batch = (items: string[], count: number, bytes: number) =>
  toBatches(items, { count, bytes }, (item) => item)

describe('toBatches', () => {
  it.each([
    ['nothing', [], 2, 9, []],
    ['by count', ['a', 'b', 'c'], 2, 9, [['a', 'b'], ['c']]],
    ['by size', ['aa', 'bb', 'cc'], 9, 4, [['aa', 'bb'], ['cc']]],
    ['by size in UTF-8', ['öö', 'b'], 9, 4, [['öö'], ['b']]],
    ['what is too large alone', ['a', 'bbbbb', 'c'], 9, 4, [['a'], ['bbbbb'], ['c']]],
    ['what is too large first', ['bbbbb', 'c'], 9, 4, [['bbbbb'], ['c']]],
  ])('cuts %s', (_name, items, count, bytes, batches) => {
    expect(batch(items, count, bytes)).toEqual(batches)
  })
})
