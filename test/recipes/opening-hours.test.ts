import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compileConfigFile } from '../../src/cli/project/config-file.ts'
import { parseDocument } from '../../src/config/document.ts'
import { prepareEndpoints } from '../../src/config/routes.ts'
import { ROOT } from '../docs/markdown.ts'
import { createWorkspace, run } from '../e2e/switchboard.ts'
import { startRecipe, toConfigPath, tryCommands, type Recipe } from './recipe.ts'

const reply = (name: string) =>
  readFileSync(join(ROOT, `recipes/opening-hours/replies/${name}.xml`), 'utf8')
const NAMES = ['new-york', 'berlin', 'closed']

/** Which document a call gets at a moment. */
async function createClock() {
  const compiled = await compileConfigFile(toConfigPath('opening-hours'), { local: false })
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error))
  const { config } = compiled.value
  const route = prepareEndpoints(config).find('/voice')
  const written = config.endpoints.find(({ path }) => path === '/voice')?.replies ?? []
  return (now: number) => {
    const i = route?.endpoint.replies.findIndex(
      ({ when }) => !when || when(() => undefined, { now }),
    )
    const chosen = written[i ?? -1]
    return NAMES.find((name) => chosen?.type === 'twiml' && chosen.twiml === reply(name))
  }
}

describe('recipes/opening-hours', () => {
  it.each([
    // 2026-11-25 is a Wednesday; New York is at -5, Berlin at +1.
    ['2026-11-25T06:59:59Z', 'closed', '07:59 in Berlin'],
    ['2026-11-25T07:00:00Z', 'berlin', '08:00 in Berlin'],
    ['2026-11-25T13:59:59Z', 'berlin', '08:59 in New York'],
    ['2026-11-25T14:00:00Z', 'new-york', '09:00 in New York'],
    ['2026-11-25T16:59:59Z', 'new-york', 'both are open'],
    ['2026-11-25T21:59:59Z', 'new-york', '16:59 in New York'],
    ['2026-11-25T22:00:00Z', 'closed', '17:00 in New York'],
    ['2026-11-28T14:59:59Z', 'closed', 'Saturday, 09:59 in New York'],
    ['2026-11-28T15:00:00Z', 'new-york', 'Saturday, 10:00 in New York'],
    ['2026-11-28T19:00:00Z', 'closed', 'Saturday, 14:00 in New York'],
    ['2026-11-29T15:00:00Z', 'closed', 'Sunday'],
    // Summer: -4 and +2.
    ['2026-07-01T05:59:59Z', 'closed', '07:59 in Berlin'],
    ['2026-07-01T06:00:00Z', 'berlin', '08:00 in Berlin'],
    ['2026-07-01T13:00:00Z', 'new-york', '09:00 in New York'],
    // The week in which only Europe has changed its clocks: -4 and +1.
    ['2026-10-28T06:30:00Z', 'closed', '07:30 in Berlin'],
    ['2026-10-28T13:00:00Z', 'new-york', '09:00 in New York'],
  ])('at %s: %s (%s)', async (time, expected) => {
    const at = await createClock()
    expect(at(Date.parse(time))).toBe(expected)
  })
})

describe('recipes/opening-hours, running', () => {
  let recipe: Recipe
  beforeAll(async () => {
    recipe = await startRecipe('opening-hours')
  })
  afterAll(() => recipe.stop())

  it('answers by the clock', async () => {
    const at = await createClock()
    const before = at(Date.now())
    const { text } = await recipe.send('voice.inbound', '/voice')
    // It may be the full hour just now.
    const possible = [before, at(Date.now())].map((name) => reply(name ?? ''))
    expect(possible).toContain(text)
  })

  it('says goodbye after a message', async () => {
    const { text } = await recipe.send('voice.record.action', '/goodbye')
    expect(text).toBe(reply('goodbye'))
  })

  it('takes the commands of docs/recipes.md', async () => {
    const tried = await tryCommands('Opening hours', recipe.url)
    expect(tried.map(({ code }) => code)).toEqual([0, 0])
  })
})

describe('recipes/opening-hours on a holiday', () => {
  it('is closed, whatever the clock says', async () => {
    const folder = createWorkspace()
    const out = join(folder.path, 'config.json')
    const build = ['build', '--config', toConfigPath('opening-hours'), '--out', out]
    expect(await run(build, { env: { CLOSED_TODAY: 'yes' } })).toMatchObject({ code: 0 })
    const document = parseDocument(readFileSync(out, 'utf8'))
    folder.remove()
    const endpoints = document.ok ? document.value.config.endpoints : []
    expect(endpoints.map(({ replies }) => replies)).toEqual([
      [{ type: 'twiml', twiml: reply('closed'), when: null }],
      [{ type: 'twiml', twiml: expect.stringContaining('We are closed'), when: null }],
      [{ type: 'twiml', twiml: reply('goodbye'), when: null }],
    ])
  })
})
