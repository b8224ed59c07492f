/** The wrangler files of the project with more shards: what is written, and what is refused. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findShardProblems } from '../../../src/cli/check/check-shards.ts'
import { readWranglerFiles, WRANGLER_FILES } from '../../../src/cli/cloudflare/wrangler-files.ts'
import { checkShards, readShardCount } from '../../../src/cli/project/shards.ts'
import { defineShards } from '../../../src/cli/shards/shards.ts'
import { createVerb, runVerb } from '../../../src/cli/terminal/verb.ts'
import { ROOT } from '../../e2e/switchboard.ts'

const NAMES = Object.values(WRANGLER_FILES)
const home = process.cwd()
let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'switchboard-'))
  for (const name of NAMES) write(name, readFileSync(join(ROOT, name), 'utf8'))
  process.chdir(folder)
})
afterEach(() => {
  process.chdir(home)
  rmSync(folder, { recursive: true, force: true })
})

const read = (name: string) => readFileSync(join(folder, name), 'utf8')
const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
const edit = (name: string, from: string, to: string) => {
  expect(read(name)).toContain(from)
  write(name, read(name).replace(from, to))
}
async function shards(...args: string[]): Promise<void> {
  const verb = createVerb('shards', { summary: 'x', examples: [] })
  defineShards(verb)
  await runVerb(verb, [...args, '--json'])
}
const problems = () => checkShards(readWranglerFiles(folder)).problems

describe('switchboard shards', () => {
  it('adds to the files and keeps every line of theirs', async () => {
    expect(readShardCount(folder)).toBe(1)
    const before = NAMES.map((name) => read(name).split('\n'))
    await shards('3')
    expect(readShardCount(folder)).toBe(3)
    expect(problems()).toEqual([])
    for (const [i, name] of NAMES.entries()) {
      const rest = [...(before[i] ?? [])]
      for (const line of read(name).split('\n')) if (line === rest[0]) rest.shift()
      expect(rest).toEqual([])
    }
    const [consumer] = readWranglerFiles(folder)
    const { queues, d1_databases: databases } = consumer?.settings ?? {}
    expect(queues?.producers.map(({ binding, queue }) => `${binding} ${queue}`)).toEqual([
      ...['EVENTS switchboard-events', 'EVENTS_2 switchboard-events-2'],
      ...['EVENTS_3 switchboard-events-3', 'DEAD switchboard-dead'],
      ...['DEAD_2 switchboard-dead-2', 'DEAD_3 switchboard-dead-3'],
    ])
    const [first, second] = queues?.consumers ?? []
    expect(second).toEqual({
      ...first,
      queue: 'switchboard-events-2',
      dead_letter_queue: 'switchboard-dead-2',
    })
    expect(databases?.map((one) => `${one.binding} ${one.database_name}`)).toEqual([
      'LEDGER switchboard',
      'LEDGER_2 switchboard-2',
      'LEDGER_3 switchboard-3',
    ])
  })

  it('goes on from what is there, with names and ids of one’s own', async () => {
    for (const name of NAMES) {
      const own = read(name)
        .replaceAll('switchboard-events', 'x-events-staging')
        .replaceAll('switchboard-dead', 'x-dead-staging')
        .replaceAll('database_name = "switchboard"', 'database_name = "x"')
        .replaceAll(/database_id = "switchboard"/g, 'database_id = "8c1f-of-ours"')
      write(name, own)
    }
    await shards('2')
    const once = NAMES.map(read)
    await shards('2')
    expect(NAMES.map(read)).toEqual(once)
    await shards('4')
    expect(problems()).toEqual([])
    const text = read(WRANGLER_FILES.consumer)
    expect(text).toContain('queue = "x-events-staging-4"')
    expect(text).toContain('dead_letter_queue = "x-dead-staging-4"')
    expect(text).toContain('database_name = "x-4"\ndatabase_id = "x-4"')
    expect(text.match(/database_id = "8c1f-of-ours"/g)).toHaveLength(1)
  })

  it.each(['0', '65', 'two', '1.5', '-1'])('refuses %s', async (count) => {
    await expect(shards(count)).rejects.toMatchObject({ code: 'usage' })
    expect(readShardCount(folder)).toBe(1)
  })

  it('refuses fewer', async () => {
    await shards('3')
    await expect(shards('2')).rejects.toMatchObject({ code: 'shards_fewer' })
    expect(readShardCount(folder)).toBe(3)
  })

  it('changes no file when one of them cannot be extended', async () => {
    const { gateway } = WRANGLER_FILES
    const inline = '[queues]\nproducers = [{ binding = "EVENTS", queue = "switchboard-events" }]'
    edit(gateway, '[[queues.producers]]\nbinding = "EVENTS"\nqueue = "switchboard-events"', inline)
    const before = NAMES.map(read)
    await expect(shards('2')).rejects.toMatchObject({ code: 'shards_unwritable' })
    expect(NAMES.map(read)).toEqual(before)
  })

  it('refuses a first queue that looks like one of several', async () => {
    for (const name of NAMES) write(name, read(name).replaceAll('switchboard-events', 'events-2'))
    await expect(shards('2')).rejects.toMatchObject({ code: 'shards_unwritable' })
  })
})

describe('wrangler files that do not agree', () => {
  const { consumer, gateway, console: pages } = WRANGLER_FILES

  it.each([
    [gateway, '"EVENTS_2"', '"EVENTS_3"', 'EVENTS_2 is missing'],
    [pages, '"LEDGER_2"', '"OTHER"', 'has 1 of the binding LEDGER, and not 2'],
    [consumer, '"DEAD_2"', '"OTHER"', 'has 1 of the binding DEAD, and not 2'],
    [gateway, 'queue = "switchboard-events-2"', 'queue = "x-2"', 'not the same queue everywhere'],
    [consumer, 'queue = "switchboard-dead-2"\nmax', 'queue = "x-dead-2"\nmax', 'nobody consumes'],
    [consumer, 'dead_letter_queue = "switchboard-dead-2"', '', 'should be switchboard-dead-2'],
    [consumer, 'database_name = "switchboard-2"', 'database_name = "switchboard"', 'two ledgers'],
  ])('are found by check, deploy and dev: %s, %s', async (name, from, to, problem) => {
    await shards('2')
    edit(name, from, to)
    expect(problems().join()).toContain(problem)
    expect(findShardProblems(folder)).not.toEqual([])
    expect(() => readShardCount(folder)).toThrow('do not agree about the shards')
  })
})
