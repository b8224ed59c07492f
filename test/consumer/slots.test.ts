import { describe, expect, it } from 'vitest'
import { createSlots } from '../../src/consumer/slots.ts'

describe('createSlots', () => {
  it('runs in order, and frees a slot when its work fails', async () => {
    const slots = createSlots(1)
    const order: number[] = []
    const run = (index: number, fails: boolean) =>
      slots(async () => {
        order.push(index)
        await scheduler.wait(0)
        if (fails) throw new Error('failed')
        return index
      })
    const results = await Promise.allSettled([run(0, true), run(1, false), run(2, false)])
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
    expect(order).toEqual([0, 1, 2])
    expect(await run(3, false)).toBe(3)
  })
})
