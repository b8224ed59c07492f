/** What the documents say of the console and of reasons, held to the code. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { LOGIN_LIMIT } from '../../src/console/access/attempts.ts'
import { MIN_PASSWORD_CHARS } from '../../src/console/access/passwords.ts'
import { SESSION_S } from '../../src/console/access/sessions.ts'
import { REASONS } from '../../src/console/format/reasons.ts'
import { LOOKS } from '../../src/ledger/reads/statement.ts'
import { readDocument, ROOT } from './markdown.ts'

const guide = readDocument('docs/console.md')
const text = readFileSync(join(ROOT, 'docs/console.md'), 'utf8').replaceAll(/\s+/g, ' ')

const namesIn = (cell = ''): string[] =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)

it('docs/delivery.md explains every reason, and no other', () => {
  const table = readDocument('docs/delivery.md').tables.find(
    ({ columns }) => columns[0] === 'reason',
  )
  const told = table?.rows.flatMap(([reason]) => namesIn(reason)) ?? []
  // A family of its own: one for each status.
  expect(told.toSorted()).toEqual([...Object.keys(REASONS), 'status_<code>'].toSorted())
})

it('docs/delivery.md knows every table that holds what happened', () => {
  const migrations = readdirSync(join(ROOT, 'migrations')).map((name) =>
    readFileSync(join(ROOT, 'migrations', name), 'utf8'),
  )
  const made = [...migrations.join('').matchAll(/CREATE (?:TABLE|VIEW) (\w+)/g)].map(
    ([, name]) => name,
  )
  const table = readDocument('docs/delivery.md').tables.find(
    ({ columns }) => columns[0] === 'table',
  )
  const told = table?.rows.flatMap(([name]) => namesIn(name)) ?? []
  expect(told.filter((name) => !made.includes(name))).toEqual([])
  expect(made.filter((name = '') => !told.includes(name))).toEqual(UNTOLD)
})

/** What earlier releases had, and where walks through the ledger stopped. */
const UNTOLD = ['dead_deliveries', 'payloads', 'cursors']

it('docs/console.md says how far a page of a search looks', () => {
  const table = guide.tables.find(({ columns }) => columns[1] === 'a page looks at most at')
  const told = table?.rows.map(([, events = '']) => Number(events.replaceAll(/\D/g, '')))
  expect(told).toEqual([LOOKS.row, LOOKS.lookups, LOOKS.message].map(({ events }) => events))
})

it('docs/console.md is right about passwords and sessions', () => {
  expect(text).toContain(`A password has ${MIN_PASSWORD_CHARS} characters at least`)
  expect(text).toContain(`A session lasts ${SESSION_S / 3_600} hours`)
  expect(LOGIN_LIMIT).toMatchObject({ perAddress: 10, forAll: 200 })
  expect(text).toContain('Ten wrong passwords from one address, or 200 from all together')
})
