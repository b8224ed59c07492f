/** docs/recipes.md and the recipes belong together, and each recipe is fit to be deployed. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compileConfigFile } from '../../src/cli/project/config-file.ts'
import { readDocument, ROOT } from './markdown.ts'

const FOLDER = join(ROOT, 'recipes')
const NAMES = readdirSync(FOLDER)
const { blocks } = readDocument('docs/recipes.md')
const markdown = readFileSync(join(ROOT, 'docs/recipes.md'), 'utf8')

const toText = (name: string) => readFileSync(join(FOLDER, name, 'switchboard.config.ts'), 'utf8')
/** `keyword-replies` is described under “Keyword replies”. */
const toName = (section: string) => section.toLowerCase().replaceAll(' ', '-')

describe('docs/recipes.md', () => {
  it('has a section for each recipe, and no other', () => {
    const sections = [...markdown.matchAll(/^## (.+)$/gm)].map(([, section = '']) =>
      toName(section),
    )
    expect(sections.toSorted()).toEqual(NAMES.toSorted())
  })

  it.each(NAMES)('links to recipes/%s, shows a part of it, and how to run and try it', (name) => {
    const own = blocks.filter(({ section }) => toName(section) === name)
    const text = own.map((block) => block.text).join('')
    expect(markdown).toContain(`(../recipes/${name}/switchboard.config.ts)`)
    expect(own.filter(({ language }) => language === 'ts')).not.toHaveLength(0)
    expect(text).toContain(
      `npm run switchboard -- dev --config recipes/${name}/switchboard.config.ts`,
    )
    expect(text).toMatch(/^\$ npm run switchboard -- trigger /m)
  })

  const shown = blocks.filter(({ language }) => language === 'ts')
  it.each(shown)('line $line is literally in its recipe', ({ section, text }) => {
    expect(toText(toName(section))).toContain(text)
  })

  it('names the secrets and variables that the recipes have, and no others', () => {
    const found = (text: string, pattern: RegExp) => new Set(text.match(pattern) ?? [])
    const code = NAMES.map(toText).join('')
    const own = found(code, /(?<=process\.env\[')\w+|(?<=(?:secret|urlSecret): ')\w+/g)
    const named = found(markdown, /\b[A-Z]+(?:_[A-Z]+)+(?==)/g)
    own.add('TWILIO_AUTH_TOKENS')
    expect(named).toEqual(own)
  })
})

describe.each(NAMES)('recipes/%s', (name) => {
  it('compiles strictly, without a warning', async () => {
    const path = join(FOLDER, name, 'switchboard.config.ts')
    const compiled = await compileConfigFile(path, { local: false })
    expect(compiled).toMatchObject({ ok: true, value: { warnings: [] } })
  })

  it('uses each of its replies', () => {
    const files = readdirSync(join(FOLDER, name), { recursive: true, encoding: 'utf8' })
    const replies = files.filter((file) => file.endsWith('.xml'))
    expect(replies.filter((file) => !toText(name).includes(`file('${file}')`))).toEqual([])
  })
})
