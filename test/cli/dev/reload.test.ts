import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import type { FreshConfig } from '../../../src/cli/dev/fresh-config.ts'
import { startReload } from '../../../src/cli/dev/reload.ts'
import type { CompiledConfig } from '../../../src/config/compiled.ts'

const folder = mkdtempSync(join(tmpdir(), 'switchboard-reload-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const CONFIG: CompiledConfig = { publicUrl: null, lookupBudgetMs: 50, endpoints: [], targets: [] }
const toFresh = (files: string[], config: CompiledConfig | null = CONFIG): FreshConfig => ({
  config,
  problems: [],
  warnings: [],
  files,
})

let stop: (() => void) | undefined
afterEach(() => stop?.())

function setUp(files: string[]) {
  const load = vi.fn<(signal: AbortSignal) => Promise<FreshConfig | null>>()
  const use = vi.fn<(fresh: FreshConfig) => Promise<void>>().mockResolvedValue()
  const now = () => Date.now() + 3_600_000
  const reload = startReload({
    first: toFresh(files),
    readAt: now(),
    load,
    use,
    onTrouble: (_folder, error) => expect(error).toBeUndefined(),
    now,
  })
  stop = reload.stop
  return { load, use, stop }
}

let files = 0
const createFile = () => {
  const file = join(folder, `file-${files++}`)
  writeFileSync(file, '')
  return file
}

const times = (mock: { mock: { calls: unknown[] } }, count: number) =>
  vi.waitFor(() => expect(mock.mock.calls).toHaveLength(count))

describe('startReload', () => {
  it('uses what is there after the last change, and nothing of before', async () => {
    const file = createFile()
    const { load, use } = setUp([file])
    const signals: AbortSignal[] = []
    const first = Promise.withResolvers<FreshConfig | null>()
    load.mockImplementationOnce((signal) => {
      signals.push(signal)
      return first.promise
    })
    const last = toFresh([file])
    load.mockResolvedValueOnce(last)
    writeFileSync(file, '1')
    await times(load, 1)
    writeFileSync(file, '2')
    await vi.waitFor(() => expect(signals[0]?.aborted).toBe(true))
    // It was done before it heard.
    first.resolve(toFresh([]))
    await times(use, 1)
    expect(use).toHaveBeenCalledExactlyOnceWith(last)
    expect(load).toHaveBeenCalledTimes(2)
  })

  it('then watches what the new one is made of', async () => {
    const [before, after] = [createFile(), createFile()]
    const { load, use } = setUp([before])
    load.mockImplementation(async () => toFresh([after]))
    writeFileSync(before, '1')
    await times(use, 1)
    writeFileSync(after, '1')
    await times(use, 2)
    expect(load).toHaveBeenCalledTimes(2)
  })

  it('goes on watching what a broken one was made of before', async () => {
    const [imported, config] = [createFile(), createFile()]
    const { load, use } = setUp([imported, config])
    load.mockImplementation(async () => toFresh([config], null))
    writeFileSync(config, '1')
    await times(use, 1)
    writeFileSync(imported, '1')
    await times(use, 2)
    expect(load).toHaveBeenCalledTimes(2)
  })

  it('loads again what changes while one is put to use', async () => {
    const file = createFile()
    const { load, use } = setUp([file])
    const using = Promise.withResolvers<void>()
    load.mockImplementation(async () => toFresh([file]))
    use.mockReturnValueOnce(using.promise)
    writeFileSync(file, '1')
    await times(use, 1)
    writeFileSync(file, '2')
    // Longer than changes take to settle.
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(load).toHaveBeenCalledTimes(1)
    using.resolve()
    await times(use, 2)
  })

  it('uses nothing once it is stopped', async () => {
    const file = createFile()
    const { load, use, stop: end } = setUp([file])
    const loading = Promise.withResolvers<FreshConfig | null>()
    load.mockReturnValueOnce(loading.promise)
    writeFileSync(file, '1')
    await times(load, 1)
    end?.()
    loading.resolve(toFresh([file]))
    await loading.promise
    await Promise.resolve()
    expect(use).not.toHaveBeenCalled()
  })
})
