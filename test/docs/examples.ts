/**
 * The examples of the documents as files beside which everything is that they name, so that the command's
 * own loader can compile them. What is only a part of a config gets the rest around it.
 */
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ROOT, type Block, type Document } from './markdown.ts'
import { SCHEMAS } from './fields.ts'

const IMPORTS = "import { defineConfig, file, hours, origin } from './src/config/index.ts'\n"
const isWhole = (text: string) => text.includes('export default defineConfig(')

export interface Example {
  /** `line 12`, for the name of a test. */
  name: string
  /** The text of a config file. */
  source: string
}

/** A folder like the project's, with the replies that the document shows. */
export function createFolder({ blocks }: Document): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'switchboard-docs-'))
  for (const name of ['src', 'node_modules', 'package.json'])
    symlinkSync(join(ROOT, name), join(path, name))
  cpSync(join(ROOT, 'replies'), join(path, 'replies'), { recursive: true })
  for (const { language, before, text } of blocks) {
    const [, name] = /^`(replies\/[\w-]+\.xml)`:$/.exec(before) ?? []
    if (language === 'xml' && name !== undefined) writeFileSync(join(path, name), text)
  }
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** All but the broken one, whose problems the next block shows. */
export function toExamples({ blocks }: Document): Example[] {
  return blocks.flatMap((block, i) => {
    if (block.language === 'xml') {
      return {
        name: `line ${block.line}`,
        source: toSource(`reply: { twiml: \`${block.text}\` },`),
      }
    }
    return block.language === 'ts' && !isBroken(blocks[i + 1]) ? toConfigs(block) : []
  })
}

const BROKEN = /^\$ npm run switchboard -- (.*broken\.config\.ts.*)\n/
const isBroken = (next: Block | undefined) => next !== undefined && BROKEN.test(next.text)

export interface BrokenExample {
  source: string
  /** Of the command that the document shows. */
  args: string[]
  /** What it prints. */
  printed: string
}

export function findBroken({ blocks }: Document): BrokenExample {
  const i = blocks.findIndex((_, before) => isBroken(blocks[before + 1]))
  const shown = blocks[i + 1]?.text ?? ''
  const [command = '', args = ''] = BROKEN.exec(shown) ?? []
  return {
    source: IMPORTS + blocks[i]?.text,
    args: args.split(' '),
    printed: shown.slice(command.length),
  }
}

function toConfigs({ text, line }: Block): Example[] {
  if (isWhole(text)) {
    const source = text.startsWith('import') ? text : IMPORTS + text
    return [{ name: `line ${line}`, source }]
  }
  // A service that gets events: no part of a config.
  if (text.startsWith('import')) return []
  // A condition under a name of its own.
  if (text.startsWith('const open')) {
    const use = toSource('reply: { when: open, status: 204 },').slice(IMPORTS.length)
    return [{ name: `line ${line}`, source: IMPORTS + text + use }]
  }
  const members = text.split(/^(?=\w+:)/m)
  return members.map((member, i) => ({ name: `line ${line}.${i}`, source: toSource(member) }))
}

const ENDPOINT = { path: `'/example'` }
const TARGET = { url: `'https://app.example.com/'`, events: `['messaging.*']`, secret: `'SECRET'` }

/** A config around one member: of the config itself, an endpoint, a target, or one of these by name. */
function toSource(member: string): string {
  const name = /^\w+/.exec(member)?.[0] ?? ''
  const isField = (heading: keyof typeof SCHEMAS) => name in SCHEMAS[heading].shape
  const rest = { endpoints: 'endpoints: {},', targets: '' }
  if (isField('Endpoints'))
    rest.endpoints = `endpoints: { example: {${beside(member, ENDPOINT)}} },`
  else if (isField('Targets')) rest.targets = `targets: { example: {${beside(member, TARGET)}} },`
  else if (/\burl(Secret)?:/.test(member)) rest.targets = `targets: {${member}},`
  else if (!isField('Top level')) rest.endpoints = `endpoints: {${member}},`
  const own = isField('Top level') ? member : ''
  return `${IMPORTS}export default defineConfig({ ${own}${rest.endpoints}${rest.targets} })
void [file, hours, origin]
`
}

/** What is required and is not in the example; `urlSecret` is in place of `url`. */
function beside(member: string, required: Record<string, string>): string {
  const written = /^\w+/.exec(member)?.[0] ?? ''
  const others = Object.entries(required).filter(([name]) => !written.startsWith(name))
  return others.map(([name, value]) => `${name}: ${value}, `).join('') + member
}
