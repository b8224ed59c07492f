/**
 * docs/configuration.md, the types that an editor shows, and the schemas that check a config say the
 * same: each field once, what it is, its default and its limits.
 */
import { describe, expect, it } from 'vitest'
import { checkName } from '../../src/config/fields.ts'
import { COMBINATORS, OPERATORS } from '../../src/config/condition.ts'
import { readMembers } from './config-types.ts'
import { HEADINGS, quantitiesIn, readLiteral, SCHEMAS, toFields, type Field } from './fields.ts'
import { parseDocument, readDocument, ROOT, type Table } from './markdown.ts'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const { tables } = readDocument('docs/configuration.md')
const tableOf = (section: string) => tables.filter((table) => table.section === section)

/** A default is written first, in backticks; prose means that there is no value. */
function toFallback(cell: string, type: string): unknown {
  if (cell === 'required') return 'required'
  const [, literal] = /^`([^`]+)`/.exec(cell) ?? []
  return literal === undefined ? null : readLiteral(literal, type)
}

function toDocumented({ rows }: Table): Field[] {
  return rows.map(([name = '', type = '', fallback = '', limits = '']) => ({
    name: name.replaceAll('`', ''),
    type: type.replaceAll('`', ''),
    fallback: toFallback(fallback, type),
    limits: quantitiesIn(limits),
  }))
}

describe.each(HEADINGS)('%s', (heading) => {
  const fields = toFields(SCHEMAS[heading])

  it('has a table that says what the schema says', () => {
    const [table, ...others] = tableOf(heading)
    expect(table?.columns).toEqual(['field', 'type', 'default', 'limits'])
    expect(others).toEqual([])
    expect(table && toDocumented(table)).toEqual(fields)
  })

  it('has types with the same members, which may be left out where the schema lets them', () => {
    const members = [...readMembers(heading)].map(([name, { isOptional }]) => [name, isOptional])
    const expected = fields.map(({ name, fallback }) => [name, fallback !== 'required'])
    expect(members.toSorted()).toEqual(expected.toSorted())
  })

  it('has members of the type that the table names', () => {
    const members = readMembers(heading)
    const found = fields.map(({ name, type }) => [name, type, members.get(name)?.type ?? ''])
    const wrong = found.filter(([, type = '', written = '']) => !isTypeOf(type, written))
    expect(wrong).toEqual([])
  })

  it('has docstrings with the schema’s defaults, and no others', () => {
    const members = readMembers(heading)
    const said = fields.map(({ name, type }) => {
      const [, literal] = /Default: `([^`]+)`/.exec(members.get(name)?.docstring ?? '') ?? []
      return [name, literal === undefined ? null : readLiteral(quoted(literal), type)]
    })
    // An empty list needs no words.
    const isSaid = ({ fallback }: Field) => fallback !== 'required' && !isEmpty(fallback)
    expect(said).toEqual(fields.map((one) => [one.name, isSaid(one) ? one.fallback : null]))
  })

  it('has docstrings with no limit that the schema does not know', () => {
    const members = readMembers(heading)
    const wrong = fields.flatMap(({ name, limits }) => {
      const said = limitsSaidIn(members.get(name)?.docstring ?? '')
      return said.filter((limit) => !limits.includes(limit)).map((limit) => [name, limit])
    })
    expect(wrong).toEqual([])
  })
})

const isEmpty = (value: unknown) => Array.isArray(value) && value.length === 0

/** A docstring writes `50ms` where a config writes '50ms'. */
const quoted = (literal: string) =>
  (/^[[\d]/.test(literal) && !/^\d+\w/.test(literal)) || /^\d+$/.test(literal)
    ? literal
    : `'${literal}'`

/** “`1s` at most”, “up to `14d`”, “`1d` to `365d`”. */
function limitsSaidIn(docstring: string): string[] {
  const found = docstring.match(/`\S+` at most|up to `\S+`|`\d\S*` to `\d\S*`/g) ?? []
  return found.flatMap(quantitiesIn)
}

const TYPES: Record<string, RegExp> = {
  text: /^string$/,
  duration: /^Duration$/,
  condition: /^(Rules|Where)$/,
  'any JSON': /^JsonValue$/,
  'IANA name': /^string$/,
  days: /^string \| string\[\]$/,
  'time of day': /^string$/,
  'whole number': /^number$/,
  'true or false': /^boolean$/,
  'object, by name': /^Record<string, (Endpoint|Target)>$/,
  object: /^Record<string, string>$/,
  reply: /^StaticReply$/,
  'reply, or list of replies': /^Reply \| Reply\[\]$/,
  "text, file('…') or Twilio's builder": /^string \| FileReference \| TwimlBuilder$/,
  'list of durations': /^Duration\[\]$/,
  'list of names of secrets': /^\[current: string\] \| \[current: string, previous: string\]$/,
  '{ limit, per }': /^Rate$/,
  "'cloudevents', 'twilio' or 'slack'": /^'cloudevents' \| 'twilio' \| 'slack'$/,
}

function isTypeOf(type: string, written: string): boolean {
  const pattern = TYPES[type] ?? (type.startsWith('name of ') ? TYPES['text'] : /^string\[\]$/)
  return pattern?.test(written) ?? false
}

describe('the rest of docs/configuration.md', () => {
  it('has no other table of fields', () => {
    const sections = tables
      .filter(({ columns }) => columns[0] === 'field')
      .map((one) => one.section)
    expect(sections.toSorted()).toEqual(HEADINGS.toSorted())
  })

  it('is right about names', () => {
    const text = readFileSync(join(ROOT, 'docs/configuration.md'), 'utf8').replaceAll('\n', ' ')
    const [, most] = /up to (\d+) letters, digits, `-` and `_`, a letter first/.exec(text) ?? []
    expect(checkName('a'.repeat(Number(most)))).toBeNull()
    expect(checkName('a'.repeat(Number(most) + 1))).not.toBeNull()
  })
})

describe('conditions in docs/replies.md', () => {
  it('are the operators that there are', () => {
    const all = readDocument('docs/replies.md').tables
    const conditions = all.filter(({ section }) => section === 'Conditions')
    const named = JSON.stringify(conditions).match(/\$[a-z]+/g)
    const known = [...Object.keys(OPERATORS), ...Object.keys(COMBINATORS), '$options']
    expect([...new Set(named)].toSorted()).toEqual([...new Set(known)].toSorted())
  })
})

describe('parseDocument', () => {
  it('reads sections, tables with a bar in a cell, and blocks', () => {
    const text =
      '# A\n\n| a | b |\n|---|---|\n| `x \\| y` | 1 |\n\n## B\n\nSee:\n\n```ts\n| no\n```\n'
    expect(parseDocument(text)).toEqual({
      tables: [{ section: 'A', columns: ['a', 'b'], rows: [['`x | y`', '1']] }],
      blocks: [{ language: 'ts', text: '| no\n', line: 12, section: 'B', before: 'See:' }],
    })
  })
})
