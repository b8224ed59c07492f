/** docs/api.md says of the API what its code says: each route with who may use it, frames, problems. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Identity } from '../../src/console/access/identity.ts'
import { api } from '../../src/console/api/api.ts'
import { FilterQuery } from '../../src/console/api/event-query.ts'
import type { ConsoleDeps } from '../../src/console/deps.ts'
import { CLOSE } from '../../src/console/stream/frames.ts'
import { readDocument, ROOT } from './markdown.ts'

const { tables } = readDocument('docs/api.md')

function rowsOf(section: string, column: string): string[][] {
  const table = tables.find((one) => one.section === section && one.columns.includes(column))
  return table?.rows ?? []
}

/** What is in backticks in a cell. */
const namesIn = (cell = ''): string[] => matches(cell, /`([^`]+)`/g)

const CODE_FOLDERS = ['src/console/api', 'src/console/config', 'src/console/access']
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')

/** Of the log, of the login's page, of warnings in a plan, and of zod. */
const NO_PROBLEMS = new Set([
  'stream_failed',
  'password_wrong',
  'gateway_unchecked',
  'secrets_missing',
  'secrets_unchecked',
  'custom',
])

function codesInSources(): string[] {
  const files = CODE_FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder)).map((name) => read(`${folder}/${name}`)),
  )
  const written = matches(files.join(''), /code: '([a-z_]+)'/g)
  const refusals = matches(read('src/console/access/refusals.ts'), /^ {2}([a-z_]+): \{/gm)
  const reasons = ['publish', 'standing'].flatMap((name) =>
    // Of the unions of what a publication and a rollback are refused for.
    matches(read(`src/config/published/${name}.ts`), /^ {2}\| \{ reason: '([a-z_]+)'/gm),
  )
  const all = new Set([...written, ...refusals, ...reasons])
  return [...all].filter((code) => !NO_PROBLEMS.has(code))
}

const matches = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([, found = '']) => found)

const VIEWER: Identity = { actor: 'vic@example.com', via: 'access', role: 'viewer' }
/** Who may do what is decided before anything of it is needed. */
const DEPS = { log: () => {} } as unknown as ConsoleDeps

async function refusesViewers(method: string, path: string): Promise<boolean> {
  const env = { INNER: { identity: VIEWER, deps: DEPS } }
  const answer = await api.request(path, { method }, env)
  return answer.status === 403 && (await answer.text()).includes('"operators_only"')
}

describe('docs/api.md', () => {
  it('has a row for each route, with who may use it, and no other', async () => {
    const described = api.openAPIRegistry.definitions.flatMap((one) =>
      one.type === 'route' ? [one.route] : [],
    )
    const found = await Promise.all(
      described.map(async ({ method, path }) => {
        const isRefused = await refusesViewers(method, path)
        return `${method.toUpperCase()} ${path}: ${isRefused ? 'operators' : 'all'}`
      }),
    )
    const told = rowsOf('Routes', 'route').map(([route, who]) => `${namesIn(route)[0]}: ${who}`)
    expect(told.toSorted()).toEqual(found.toSorted())
  })

  it('has every filter of events, and no other', () => {
    const told = rowsOf('Routes', 'name').flatMap(([name]) => namesIn(name))
    expect(told.toSorted()).toEqual(Object.keys(FilterQuery.shape).toSorted())
  })

  it('has every code that a problem may have, and no other', () => {
    const told = rowsOf('Problems', 'code').flatMap(([, code]) => namesIn(code))
    expect(told.toSorted()).toEqual(codesInSources().toSorted())
  })

  it('has every code that a stream closes with', () => {
    const told = rowsOf('The stream', 'it closes with').map(([code]) => Number(code))
    expect(told.toSorted()).toEqual(
      Object.values(CLOSE)
        .map(([code]) => code)
        .toSorted(),
    )
  })

  it('has every frame that the server sends', () => {
    const text = read('src/console/stream/frames.ts')
    const [, frames = ''] = /export type ServerFrame =([^]*?)\n\n/.exec(text) ?? []
    const sent = matches(frames, /type: '([a-z]+)'/g)
    const told = rowsOf('The stream', 'frame').flatMap(([frame]) => namesIn(frame))
    expect(sent).not.toEqual([])
    expect(told.toSorted()).toEqual(sent.toSorted())
  })
})
