/**
 * What the documents show is what works: each example compiles as it stands, strictly and without a
 * warning, has the right types, and the broken one has the problems that are printed below it.
 */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { compileConfigFile } from '../../src/cli/project/config-file.ts'
import { run } from '../e2e/switchboard.ts'
import { createFolder, findBroken, toExamples, type Example } from './examples.ts'
import { HEADINGS, SCHEMAS, type Heading } from './fields.ts'
import { readDocument, ROOT } from './markdown.ts'
import { fieldsUsedIn } from './used-fields.ts'

const DOCUMENTS = [
  'README.md',
  'docs/configuration.md',
  'docs/replies.md',
  'docs/events.md',
  'docs/delivery.md',
].map((file) => {
  const document = readDocument(file)
  const folder = createFolder(document)
  const examples = toExamples(document).map((example, i) => ({
    ...example,
    path: write(folder.path, example, i),
  }))
  return { file, folder, examples }
})

function write(folder: string, { source }: Example, i: number): string {
  const path = join(folder, `example-${i}.config.ts`)
  writeFileSync(path, source)
  return path
}

afterAll(() => {
  for (const { folder } of DOCUMENTS) folder.remove()
})

describe.each(DOCUMENTS)('$file', ({ examples, folder }) => {
  it.each(examples)('$name compiles', async ({ path }) => {
    const compiled = await compileConfigFile(path, { local: false })
    expect(compiled).toMatchObject({ ok: true, value: { warnings: [] } })
  })

  it('has examples of the right types', () => {
    const config = { extends: join(ROOT, 'tsconfig.json'), include: ['*.config.ts'] }
    writeFileSync(join(folder.path, 'tsconfig.json'), JSON.stringify(config))
    const { stdout, status } = spawnSync(
      process.execPath,
      [join(ROOT, 'node_modules/typescript/lib/tsc.js'), '-p', folder.path],
      { encoding: 'utf8' },
    )
    expect([stdout, status]).toEqual(['', 0])
  })
})

describe('docs/configuration.md', () => {
  it('has an example of every field', async () => {
    const used = new Map<Heading, Set<string>>()
    const own = DOCUMENTS.find(({ file }) => file === 'docs/configuration.md')
    for (const { path } of own?.examples ?? []) {
      const module = (await import(pathToFileURL(path).href)) as { default: unknown }
      fieldsUsedIn(module.default, used)
    }
    const missing = HEADINGS.flatMap((heading) =>
      Object.keys(SCHEMAS[heading].shape)
        .filter((name) => !used.get(heading)?.has(name))
        .map((name) => `${heading}: ${name}`),
    )
    expect(missing).toEqual([])
  })

  it('shows a broken config with what the command says of it', async () => {
    const { source, args, printed } = findBroken(readDocument('docs/configuration.md'))
    const [{ folder } = { folder: { path: '' } }] = DOCUMENTS
    writeFileSync(join(folder.path, 'broken.config.ts'), source)
    const { code, out, err } = await run(args, { cwd: folder.path })
    expect([out + err, code]).toEqual([printed, 2])
  })
})
