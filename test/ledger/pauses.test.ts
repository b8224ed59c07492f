import { reset } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createPauses } from '../../src/ledger/pauses.ts'
import { db, migrate, NOW, range } from './harness.ts'

beforeEach(() => migrate())
afterEach(() => reset())

const pauses = createPauses(db)

describe('pauses', () => {
  it('lists what is paused, by name', async () => {
    expect(await pauses.list()).toEqual([])
    await pauses.pause('erp', 'target_gone', NOW)
    await pauses.pause('crm', 'operator', NOW + 1)
    expect(await pauses.list()).toEqual([
      { name: 'crm', pausedAt: NOW + 1, reason: 'operator' },
      { name: 'erp', pausedAt: NOW, reason: 'target_gone' },
    ])
  })

  it('says whether it is new, and keeps the first reason', async () => {
    expect(await pauses.pause('crm', 'target_gone', NOW)).toBe(true)
    expect(await pauses.pause('crm', 'operator', NOW + 1)).toBe(false)
    expect(await pauses.list()).toEqual([{ name: 'crm', pausedAt: NOW, reason: 'target_gone' }])
  })

  it('is new to one of ten that pause at once', async () => {
    const news = await Promise.all(range(1, 10).map(() => pauses.pause('crm', 'target_gone', NOW)))
    expect(news.filter(Boolean)).toHaveLength(1)
  })

  it('resumes one target and no other, and says whether it was paused', async () => {
    await pauses.pause('crm', 'operator', NOW)
    await pauses.pause('erp', 'operator', NOW)
    expect(await pauses.resume('crm')).toBe(true)
    expect(await pauses.resume('crm')).toBe(false)
    expect(await pauses.list()).toMatchObject([{ name: 'erp' }])
  })

  it('is new again after it was resumed', async () => {
    await pauses.pause('crm', 'operator', NOW)
    await pauses.resume('crm')
    expect(await pauses.pause('crm', 'operator', NOW + 1)).toBe(true)
  })

  it('rejects when D1 fails', async () => {
    await db.prepare('DROP TABLE paused_targets').run()
    await expect(pauses.pause('crm', 'operator', NOW)).rejects.toThrow('paused_targets')
    await expect(pauses.resume('crm')).rejects.toThrow('paused_targets')
    await expect(pauses.list()).rejects.toThrow('paused_targets')
  })
})
