import { describe, expect, it, vi } from 'vitest'
import { createConfigSource } from '../../src/config/source.ts'
import { toDocument } from '../../src/config/document.ts'
import type { CompiledConfig } from '../../src/config/compiled.ts'

const config: CompiledConfig = { publicUrl: null, lookupBudgetMs: 50, endpoints: [], targets: [] }
const never = () => new Promise<string | null>(() => {})

function setUp(
  get: () => Promise<string | null>,
  builtIn: unknown = toDocument(config, 'built-in'),
  isLive = false,
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
    isLive,
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

describe('a source that is live', () => {
  const toText = (version: string) => JSON.stringify(toDocument(config, version))
  const get = vi.fn<() => Promise<string | null>>()

  function setUpLive() {
    get.mockReset().mockResolvedValue(null)
    return setUp(get, undefined, true)
  }

  it('reads the store before every answer', async () => {
    const { current } = setUpLive()
    expect(await current()).toMatchObject({ version: 'built-in' })
    for (const version of ['one', 'two', 'one']) {
      get.mockResolvedValue(toText(version))
      expect(await current()).toMatchObject({ version })
    }
    expect(get).toHaveBeenCalledTimes(4)
  })

  it('keeps the last good config when the store has none, a broken one, or fails', async () => {
    const { current, refused } = setUpLive()
    get.mockResolvedValue(toText('good'))
    await current()
    get.mockResolvedValueOnce(null).mockResolvedValueOnce('{').mockRejectedValueOnce(new Error('x'))
    for (let i = 0; i < 3; i++) expect(await current()).toMatchObject({ version: 'good' })
    expect(refused).toEqual([
      { source: 'kv', reason: 'not_json' },
      { source: 'kv', reason: 'unavailable' },
    ])
  })

  it('waits for a slow store longer than a deploy would', async () => {
    const { current } = setUpLive()
    await current()
    // Twice the budget of the others.
    const slow = () => new Promise<string>((done) => setTimeout(done, 40, toText('slow')))
    get.mockImplementation(slow)
    expect(await current()).toMatchObject({ version: 'slow' })
  })
})

describe('a source that is not live', () => {
  it('does not read again within its time, and answers without waiting', async () => {
    const get = vi.fn<() => Promise<string | null>>().mockResolvedValue(null)
    const { clock, current } = setUp(get)
    await current()
    clock.now += 29_999
    expect(current()).toMatchObject({ version: 'built-in' })
    expect(get).toHaveBeenCalledTimes(1)
  })
})
