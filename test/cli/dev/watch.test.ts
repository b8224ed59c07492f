import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { createWatch, type Watch } from '../../../src/cli/dev/watch.ts'

const root = realpathSync(mkdtempSync(join(tmpdir(), 'switchboard-watch-')))
const watches: Watch[] = []
afterEach(() => {
  for (const watch of watches.splice(0)) watch.close()
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** Far from now, so that the files' own age plays no part. */
const LATER = Date.now() + 3_600_000

function watchFiles(files: string[], since = LATER) {
  const onChange = vi.fn<() => void>()
  const onTrouble = vi.fn<(folder: string, error: unknown) => void>()
  const watch = createWatch({ onChange, onTrouble, settleMs: 20 })
  watch.set(files, since)
  watches.push(watch)
  return {
    watch,
    onTrouble,
    onChange,
    /** Resolves when that many changes were told. */
    told: (times: number) => vi.waitFor(() => expect(onChange).toHaveBeenCalledTimes(times)),
  }
}

function createFolder(): string {
  return mkdtempSync(join(root, 'folder-'))
}

function replace(file: string, text = ''): void {
  writeFileSync(`${file}.tmp`, text)
  renameSync(`${file}.tmp`, file)
}

describe('createWatch', () => {
  it('tells of a file that is written, and one that takes its place, again and again', async () => {
    const file = join(createFolder(), 'a.xml')
    writeFileSync(file, '')
    const { told, onChange } = watchFiles([file])
    writeFileSync(file, '1')
    await told(1)
    for (const times of [2, 3, 4]) {
      replace(file)
      await told(times)
    }
    expect(onChange).toHaveBeenCalledTimes(4)
  })

  it('tells once of several changes in a row', async () => {
    const file = join(createFolder(), 'a.xml')
    const { told, onChange } = watchFiles([file])
    for (let i = 0; i < 5; i++) writeFileSync(file, String(i))
    await told(1)
    replace(file)
    await told(2)
    expect(onChange).toHaveBeenCalledTimes(2)
  })

  it('says nothing of its neighbours', async () => {
    const folder = createFolder()
    const neighbour = watchFiles([join(folder, 'b.xml')])
    const { onChange } = watchFiles([join(folder, 'a.xml')])
    writeFileSync(join(folder, 'b.xml'), '')
    await neighbour.told(1)
    expect(onChange).not.toHaveBeenCalled()
  })

  it('tells of a file that was missing, with its folder', async () => {
    const folder = join(createFolder(), 'one', 'two')
    const file = join(folder, 'a.xml')
    const { watch, told, onChange } = watchFiles([file])
    mkdirSync(folder, { recursive: true })
    await told(1)
    watch.set([file], LATER)
    writeFileSync(file, '')
    await told(2)
    expect(onChange).toHaveBeenCalledTimes(2)
  })

  it('tells of a folder that is removed and made again', async () => {
    const folder = createFolder()
    const file = join(folder, 'a.xml')
    writeFileSync(file, '')
    const { watch, told, onTrouble } = watchFiles([file])
    rmSync(folder, { recursive: true })
    await told(1)
    watch.set([file], LATER)
    mkdirSync(folder)
    await told(2)
    watch.set([file], LATER)
    writeFileSync(file, '')
    await told(3)
    expect(onTrouble).not.toHaveBeenCalled()
  })

  it('tells of what a link leads to', async () => {
    const target = join(createFolder(), 'target.xml')
    writeFileSync(target, '')
    const link = join(createFolder(), 'link.xml')
    symlinkSync(target, link)
    const { told, onChange } = watchFiles([link])
    writeFileSync(target, '1')
    await told(1)
    expect(onChange).toHaveBeenCalledOnce()
  })

  it('tells of what changed before it was watched', async () => {
    const file = join(createFolder(), 'a.xml')
    const readAt = Date.now()
    writeFileSync(file, '')
    const { told, onChange } = watchFiles([file], readAt)
    await told(1)
    expect(onChange).toHaveBeenCalledOnce()
  })

  it('forgets the files of before, and all of them when closed', async () => {
    const [before, after] = [join(createFolder(), 'a.xml'), join(createFolder(), 'b.xml')]
    const witness = watchFiles([before, after])
    const { watch, told, onChange } = watchFiles([before])
    watch.set([after], LATER)
    writeFileSync(before, '')
    await witness.told(1)
    expect(onChange).not.toHaveBeenCalled()
    writeFileSync(after, '')
    await told(1)
    await witness.told(2)
    watch.close()
    watch.set([after], 0)
    writeFileSync(after, '1')
    await witness.told(3)
    expect(onChange).toHaveBeenCalledOnce()
  })
})
