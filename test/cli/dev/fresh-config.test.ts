import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { loadFresh } from '../../../src/cli/dev/fresh-config.ts'

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'switchboard-fresh-')))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function write(name: string, text: string): string {
  const path = join(folder, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, text)
  return path
}

describe('loadFresh', () => {
  it('reads everything anew, and says what it is made of', async () => {
    const text = write('lib/text.ts', "export const text: string = 'one'")
    const xml = write('a.xml', '<Response/>')
    write('node_modules/dependency/index.js', 'export default 1')
    write('node_modules/dependency/package.json', '{ "type": "module", "main": "index.js" }')
    const config = write(
      'anew.config.ts',
      `import { text } from './lib/text.ts'
       import 'dependency'
       import 'node:fs'
       export default { endpoints: {
         a: { path: '/a', reply: { twiml: '<Response><Say>' + text + '</Say></Response>' } },
         b: { path: '/b', reply: { twiml: { file: 'a.xml' } } } } }`,
    )
    const first = await loadFresh(config)
    expect(first?.problems).toEqual([])
    expect(first?.files.toSorted()).toEqual([xml, config, text].toSorted())
    expect(JSON.stringify(first?.config)).toContain('one')
    write('lib/text.ts', "export const text: string = 'two'")
    expect(JSON.stringify((await loadFresh(config))?.config)).toContain('two')
  })

  it('names what it looked for in vain', async () => {
    const config = write('vain.config.ts', "import './none.ts'\nexport default { endpoints: {} }")
    expect(await loadFresh(config)).toMatchObject({
      config: null,
      problems: [expect.stringContaining('none.ts')],
      files: [config, join(folder, 'none.ts')],
    })
    const reply = `export default { endpoints: { a: { path: '/a', reply: { twiml: { file: 'no.xml' } } } } }`
    expect(await loadFresh(write('reply.config.mjs', reply))).toMatchObject({
      problems: [expect.stringContaining('endpoints.a.reply')],
      files: [join(folder, 'reply.config.mjs'), join(folder, 'no.xml')],
    })
  })

  it('says where it cannot be read', async () => {
    const broken = write('broken.ts', 'const a = 1\nexport const x: = 1')
    const config = write('syntax.config.ts', "import './broken.ts'\nexport default {}")
    expect((await loadFresh(config))?.problems).toEqual([expect.stringContaining(`${broken}:2`)])
  })

  it.each([
    ['throws', "throw new Error('no network here')", /no network here/],
    [
      'throws later',
      "setTimeout(() => { throw new Error('late') }); await new Promise(() => {})",
      /late/,
    ],
    ['exits', 'process.exit(0)', /ended before/],
    ['waits for nothing', 'await new Promise(() => {}); export default {}', /ended before/],
    ['exports nothing', '', /exports nothing/],
  ])('survives one that %s', async (name, code, problem) => {
    const config = write(`${name.replaceAll(' ', '-')}.config.mjs`, code)
    const fresh = await loadFresh(config)
    expect(fresh).toMatchObject({ config: null, problems: [expect.stringMatching(problem)] })
    expect(fresh?.files).toContain(config)
  })

  it('gives up on one that never ends', async () => {
    const config = write('endless.config.mjs', 'while (true);')
    expect(await loadFresh(config, { timeoutMs: 500 })).toMatchObject({
      config: null,
      problems: [expect.stringMatching(/did not finish in 0.5 s/)],
      files: [config],
    })
  })

  it('ends when it is told to', async () => {
    const config = write('told.config.mjs', 'while (true);')
    const controller = new AbortController()
    const loading = loadFresh(config, { signal: controller.signal })
    controller.abort()
    expect(await loading).toBeNull()
    expect(await loadFresh(config, { signal: AbortSignal.abort() })).toBeNull()
  })
})
