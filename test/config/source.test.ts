import { describe, expect, it, vi } from 'vitest'
import { createConfigSource } from '../../src/config/source.ts'
import { toDocument } from '../../src/config/document.ts'
import type { CompiledConfig } from '../../src/config/compiled.ts'

const config: CompiledConfig = { publicUrl: null, lookupBudgetMs: 50, endpoints: [], targets: [] }
const never = () => new Promise<string | null>(() => {})

function setUp(
  get: () => Promise<string | null>,
  builtIn: unknown = toDocument(config, 'built-in'),
) {
  const clock = { now: Date.parse('2026-11-20T10:00:00Z') }
  const refused: unknown[] = []
  const source = createConfigSource({
    builtIn,
    store: { get },
    prepare: (compiled) => compiled,
    now: () => clock.now,
    onRefused: (problem) => refused.push(problem),
    budgetMs: 20,
  })
  return { clock, refused, current: () => source.current(() => {}) }
}

describe('the first read of an isolate', () => {
  it('takes what KV has', async () => {
    const { current } = setUp(async () => JSON.stringify(toDocument(config, 'published')))
    expect(await current()).toMatchObject({ version: 'published' })
  })

  it('does not wait longer than its budget', async () => {
    expect(await setUp(never).current()).toMatchObject({ version: 'built-in' })
  })

  it('is made by each request for itself: I/O is not shared between requests', async () => {
    const get = vi.fn<() => Promise<string | null>>().mockResolvedValue(null)
    const { current } = setUp(get)
    await Promise.all([current(), current()])
    expect(get).toHaveBeenCalledTimes(2)
  })

  it('is not repeated for every request where there is no config at all', async () => {
    const get = vi.fn<() => Promise<string | null>>().mockResolvedValue(null)
    const { clock, current, refused } = setUp(get, null)
    for (let i = 0; i < 5; i++) expect(await current()).toBeNull()
    expect(get).toHaveBeenCalledTimes(1)
    clock.now += 1_000
    await current()
    expect(get).toHaveBeenCalledTimes(2)
    expect(refused).toEqual([{ source: 'built-in', reason: 'wrong_format' }])
  })
})

describe('the refresh', () => {
  it('is in the background, one at a time, and given up when it never ends', async () => {
    const get = vi.fn<() => Promise<string | null>>().mockResolvedValue(null)
    const { clock, current } = setUp(get)
    await current()
    get.mockImplementation(never)
    clock.now += 30_000
    expect(current()).not.toBeInstanceOf(Promise)
    void current()
    expect(get).toHaveBeenCalledTimes(2)
    clock.now += 10_000
    void current()
    expect(get).toHaveBeenCalledTimes(3)
  })

  it('that fails leaves the config and is told once a minute', async () => {
    const get = vi.fn<() => Promise<string | null>>().mockResolvedValue(null)
    const { clock, current, refused } = setUp(get)
    await current()
    get.mockRejectedValue(new Error('down'))
    for (let i = 0; i < 3; i++) {
      clock.now += 30_000
      void current()
      await vi.waitFor(() => expect(get).toHaveBeenCalledTimes(i + 2))
      expect(current()).toMatchObject({ version: 'built-in' })
    }
    expect(refused).toEqual([
      { source: 'kv', reason: 'unavailable' },
      { source: 'kv', reason: 'unavailable' },
    ])
  })
})
