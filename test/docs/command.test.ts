import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createVerb, type Verb } from '../../src/cli/terminal/verb.ts'
import { VERBS } from '../../src/cli/verbs.ts'

const doc = readFileSync('docs/command.md', 'utf8')

/** The text under the heading of a verb. */
function chapterOf(name: string): string {
  const [, chapter = ''] = doc.split(`\n## \`switchboard ${name}\`\n`)
  return chapter.split('\n## ', 1)[0] ?? ''
}

const longNames = (verb: Pick<Verb, 'options'>): string[] =>
  verb.options.flatMap(({ long }) => (long === undefined || long === null ? [] : [long]))

describe.each(VERBS)('docs/command.md on $name', ({ name, load, ...text }) => {
  it('has every option of every verb, and no other', async () => {
    const verb = createVerb(name, text)
    const define = await load()
    define(verb)
    const options = new Set([verb, ...verb.commands].flatMap(longNames))
    // Examples of output may hint at other verbs.
    const prose = chapterOf(name).replaceAll(/^```[^]*?^```$/gm, '')
    const told = new Set(prose.match(/--[a-z][a-z-]+/g))
    for (const everywhere of ['--json', '--help']) {
      options.delete(everywhere)
      told.delete(everywhere)
    }
    expect([...told].toSorted()).toEqual([...options].toSorted())
  })

  it('has every verb below it', async () => {
    const verb = createVerb(name, text)
    const define = await load()
    define(verb)
    for (const below of verb.commands) expect(chapterOf(name)).toContain(`${name} ${below.name()}`)
  })
})

it('docs/command.md knows no verb that does not exist', () => {
  const headings = [...doc.matchAll(/^## `switchboard (\S+)`$/gm)].map(([, name]) => name)
  expect(headings).toEqual(VERBS.map(({ name }) => name))
})
