import { describe, expect, it } from 'vitest'
import { createLanes, forEachInLanes } from '../../../src/cli/twilio/lanes.ts'

describe('createLanes', () => {
  it('runs so many at a time, and all in the end, also when one fails', async () => {
    const lanes = createLanes(2)
    let running = 0
    let most = 0
    const results = await Promise.allSettled(
      Array.from({ length: 9 }, (_, index) =>
        lanes.run(async () => {
          most = Math.max(most, ++running)
          await new Promise((resolve) => setImmediate(resolve))
          running -= 1
          if (index === 0) throw new Error('first')
          return index
        }),
      ),
    )
    expect(most).toBe(2)
    expect(running).toBe(0)
    expect(results.map(({ status }) => status)).toEqual(['rejected', ...Array(8).fill('fulfilled')])
  })
})

describe('forEachInLanes', () => {
  it('begins nothing after a failure, finishes what runs, and throws it', async () => {
    const begun: number[] = []
    const ended: number[] = []
    const work = async (item: number) => {
      begun.push(item)
      await new Promise((resolve) => setImmediate(resolve))
      if (item === 1) throw new Error('one')
      ended.push(item)
    }
    await expect(forEachInLanes([1, 2, 3, 4, 5, 6], 2, work)).rejects.toThrow('one')
    expect(begun.length).toBeLessThan(6)
    expect(ended).toEqual(begun.filter((item) => item !== 1))
  })

  it('does nothing for nothing', async () => {
    await expect(forEachInLanes([], 4, () => Promise.reject(new Error('no')))).resolves.toBe(
      undefined,
    )
  })
})
