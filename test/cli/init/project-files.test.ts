/** What `init` writes, for every combination of answers: it compiles, is formatted, and is whole. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Answers } from '../../../src/cli/init/answers.ts'
import { toProjectFiles, type ProjectFile } from '../../../src/cli/init/project-files.ts'
import { compileConfigFile } from '../../../src/cli/project/config-file.ts'
import { ALL_ANSWERS } from './answer-cases.ts'

const ROOT = join(import.meta.dirname, '../../..')
// Inside the project: its formatter, types and settings apply. Git ignores dist.
mkdirSync(join(ROOT, 'dist'), { recursive: true })
const folder = mkdtempSync(join(ROOT, 'dist/init-'))
afterAll(() => rmSync(folder, { recursive: true }))

interface Case {
  answers: Answers
  config: string
  files: ProjectFile[]
}

const cases: Case[] = []

beforeAll(async () => {
  for (const [i, answers] of ALL_ANSWERS.entries()) {
    const place = join(folder, String(i))
    const files = await toProjectFiles(answers, relative(place, join(ROOT, 'src/config/index.ts')))
    for (const { path, text } of files) {
      mkdirSync(dirname(join(place, path)), { recursive: true })
      writeFileSync(join(place, path), text)
    }
    cases.push({ answers, files, config: join(place, 'switchboard.config.ts') })
  }
})

describe('toProjectFiles', () => {
  it('gives a config without a problem or a warning, whatever was answered', async () => {
    expect(cases.length).toBe(192)
    for (const { answers, config } of cases) {
      const result = await compileConfigFile(config, { local: false })
      expect({ answers, result }).toMatchObject({ result: { ok: true, value: { warnings: [] } } })
    }
  })

  it('writes each file that the config names, and no other', () => {
    for (const { answers, files } of cases) {
      const [config, ...replies] = files
      const named = config?.text.matchAll(/file\('([^']+)'\)/g).map(([, path]) => path) ?? []
      const linked = replies.some(({ text }) => text.includes('action="/goodbye"'))
      const written = new Set(replies.map(({ path }) => path))
      expect({ answers, files: new Set(named) }).toEqual({ answers, files: written })
      expect(linked).toBe(answers.channels.includes('voice'))
    }
  })

  it('leaves nothing to the formatter', () => {
    const oxfmt = join(ROOT, 'node_modules/oxfmt/bin/oxfmt')
    // `dist` is ignored by the project's own settings.
    const settings = join(folder, 'format.json')
    writeFileSync(settings, '{ "semi": false, "singleQuote": true, "printWidth": 100 }\n')
    const args = [oxfmt, '-c', settings, '--check', ...cases.map(({ config }) => config)]
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    expect(stdout + stderr).toContain('192 files')
    expect({ status, stdout, stderr }).toMatchObject({ status: 0 })
  })

  it('has no line that is longer than the others may be, but for a URL', () => {
    const long = cases.flatMap(({ files }) =>
      files.flatMap(({ text }) => text.split('\n').filter((line) => line.length > 100)),
    )
    expect(long.filter((line) => !line.includes('a-long-path'))).toEqual([])
  })

  it('passes the type check of the project', () => {
    const settings = { extends: join(ROOT, 'tsconfig.json'), include: ['*/switchboard.config.ts'] }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings))
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
    const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', folder], {
      encoding: 'utf8',
    })
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' })
  })
})

describe('the endpoints of the config', () => {
  const pathsOf = async (apps: Answers['apps']) => {
    const found = cases.find(
      ({ answers }) =>
        answers.channels.length === 2 &&
        answers.apps.voice === apps.voice &&
        answers.apps.sms === apps.sms,
    )
    const result = await compileConfigFile(found?.config ?? '', { local: false })
    const endpoints = result.ok ? result.value.config.endpoints : []
    return Object.fromEntries(endpoints.map(({ name, path }) => [name, path]))
  }

  it('have the paths of the app, so that only the host changes in Twilio', async () => {
    const paths = await pathsOf({
      voice: 'https://app.example.com/twilio/voice',
      sms: 'https://app.example.com/twilio/sms?tenant=7',
    })
    expect(paths).toMatchObject({ voice: '/twilio/voice', sms: '/twilio/sms', app: '/*' })
  })

  it('have paths of their own where the app has one for both', async () => {
    const url = 'https://app.example.com/twilio/voice'
    expect(await pathsOf({ voice: url, sms: url })).toMatchObject({
      voice: '/twilio/voice',
      sms: '/sms',
    })
  })

  it('have no catch-all without an app', async () => {
    expect(await pathsOf({ voice: null, sms: null })).not.toHaveProperty('app')
  })
})
