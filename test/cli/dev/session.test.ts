import { describe, expect, it } from 'vitest'
import type { FreshConfig } from '../../../src/cli/dev/fresh-config.ts'
import { createOutput } from '../../../src/cli/dev/output.ts'
import { createSession } from '../../../src/cli/dev/session.ts'
import { toSampleTarget } from '../../../src/cli/dev/local-config.ts'
import type { CompiledConfig } from '../../../src/config/compiled.ts'
import { toVersion, type ConfigDocument } from '../../../src/config/document.ts'

const CONFIG: CompiledConfig = { publicUrl: null, lookupBudgetMs: 50, endpoints: [], targets: [] }
const OTHER: CompiledConfig = { ...CONFIG, lookupBudgetMs: 60 }

const toFresh = (config: CompiledConfig | null, more: Partial<FreshConfig> = {}): FreshConfig => ({
  config,
  problems: [],
  warnings: [],
  files: [],
  ...more,
})

function setUp({ lacking = [], fails = false }: { lacking?: string[]; fails?: boolean } = {}) {
  const published: ConfigDocument[] = []
  const said: { event: string }[] = []
  const session = createSession({
    file: 'my.config.ts',
    config: CONFIG,
    warnings: ['known'],
    standIns: { publicUrl: null, target: null },
    publish: async (document) => {
      if (fails) throw new Error('no disk')
      published.push(document)
    },
    findLacking: () => lacking,
    output: createOutput({
      isJson: true,
      pathOf: () => undefined,
      write: (line) => said.push(JSON.parse(line)),
    }),
  })
  return { session, published, said, events: () => said.map(({ event }) => event) }
}

describe('createSession', () => {
  it('publishes what has changed, and says what', async () => {
    const { session, published, said } = setUp()
    await session.use(toFresh(OTHER))
    expect(published).toMatchObject([{ version: toVersion(OTHER), config: OTHER }])
    expect(said).toEqual([
      {
        event: 'dev.config.reloaded',
        version: toVersion(OTHER),
        changes: ['lookupBudget changed'],
      },
    ])
    expect(session.current()).toEqual(OTHER)
  })

  it('says nothing of a file that means the same', async () => {
    const { session, published, said } = setUp()
    await session.use(toFresh(CONFIG))
    expect([published, said]).toEqual([[], []])
  })

  it.each([
    ['problems', {}, toFresh(null, { problems: ['a', 'b'] }), ['a', 'b']],
    ['a secret that is missing', { lacking: ['Missing: X'] }, toFresh(OTHER), ['Missing: X']],
    ['a disk that is full', { fails: true }, toFresh(OTHER), [expect.stringMatching(/no disk/)]],
  ])('keeps the last good one when there are %s', async (_, options, fresh, problems) => {
    const { session, published, said } = setUp(options)
    await session.use(fresh)
    expect(said).toEqual([{ event: 'dev.config.refused', problems, version: toVersion(CONFIG) }])
    expect(published).toEqual([])
    expect(session.current()).toEqual(CONFIG)
  })

  it('says when the file is whole again, once', async () => {
    const { session, events } = setUp()
    await session.use(toFresh(null, { problems: ['a'] }))
    await session.use(toFresh(CONFIG))
    await session.use(toFresh(CONFIG))
    expect(events()).toEqual(['dev.config.refused', 'dev.config.reloaded'])
  })

  it('says a warning once, for as long as it lasts', async () => {
    const { session, said } = setUp()
    for (const warnings of [['known'], ['known', 'new'], ['new'], [], ['new']]) {
      await session.use(toFresh(CONFIG, { warnings }))
    }
    const warning = { event: 'dev.config.warning', text: 'new' }
    expect(said).toEqual([warning, warning])
  })

  it('keeps the tunnel, whatever the file says', async () => {
    const { session, published } = setUp()
    await session.openTo('https://a.example.com')
    await session.use(toFresh({ ...OTHER, publicUrl: 'https://hooks.example.com' }))
    expect(published.map(({ config }) => config.publicUrl)).toEqual([
      'https://a.example.com',
      'https://a.example.com',
    ])
  })

  it('keeps the target that stands in', async () => {
    const target = toSampleTarget('http://127.0.0.1:1/')
    const published: ConfigDocument[] = []
    const session = createSession({
      file: 'my.config.ts',
      config: CONFIG,
      warnings: [],
      standIns: { publicUrl: null, target },
      publish: async (document) => void published.push(document),
      findLacking: () => [],
      output: createOutput({ isJson: true, pathOf: () => undefined, write: () => {} }),
    })
    await session.use(toFresh(OTHER))
    expect(published[0]?.config.targets).toEqual([target])
  })
})
