/** What every verb has in common, whatever it does: help with examples, and one form for errors. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createVerb, runVerb, type Verb } from '../../../src/cli/terminal/verb.ts'
import { VERBS, type VerbEntry } from '../../../src/cli/verbs.ts'

const MAIN = join(import.meta.dirname, '../../../src/cli/main.ts')

async function defined(entry: VerbEntry): Promise<Verb> {
  const verb = createVerb(entry.name, entry)
  const define = await entry.load()
  define(verb)
  return verb
}

/** What `--help` prints; rejects when it does not end well. */
async function helpOf(entry: VerbEntry, below: string[] = []): Promise<string> {
  const verb = await defined(entry)
  let text = ''
  const writeOut = (part: string) => void (text += part)
  for (const each of [verb, ...verb.commands]) each.configureOutput({ writeOut })
  await runVerb(verb, [...below, '--help'])
  return text
}

interface Finished {
  code: number
  out: string
  err: string
}

const runMain = (args: string[]): Promise<Finished> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, [MAIN, ...args], (_error, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    )
  })

describe.each(VERBS.map((entry) => [entry.name, entry] as const))(
  'switchboard %s',
  (name, entry) => {
    it('shows its summary and an example as help', async () => {
      const text = await helpOf(entry)
      expect(text).toContain('Usage: switchboard')
      expect(text).toContain(`$ switchboard ${name}`)
      expect(text).toContain('--json')
      expect(text).not.toContain('(default: false)')
    })

    it('shows the same for each verb below it', async () => {
      const { commands } = await defined(entry)
      for (const below of commands.map((command) => command.name())) {
        const text = await helpOf(entry, [below])
        expect(text).toContain(`$ switchboard ${name} ${below}`)
        expect(text).toContain('--json')
      }
    })

    it('refuses an option that it does not have', async () => {
      await expect(runVerb(await defined(entry), ['--no-such-option'])).rejects.toMatchObject({
        exitCode: 2,
      })
    })
  },
)

describe('the list of verbs', () => {
  it('names each once, in the form of a sentence', () => {
    const names = VERBS.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    for (const { summary } of VERBS) expect(summary).toMatch(/^[a-z].*[^.]$/)
  })

  it('is what the command shows', async () => {
    const { code, out } = await runMain(['--help'])
    expect(code).toBe(0)
    for (const { name } of VERBS) expect(out).toContain(`  ${name} `)
  })
})

describe('errors with --json', () => {
  it.each([
    [['chek', '--json'], 2, 'usage'],
    [['check', '--no-such-option', '--json'], 2, 'usage'],
    [['check', 'too', 'many', '--json'], 2, 'usage'],
    [['check', '--config', 'no-such.config.ts', '--json'], 2, 'config_unreadable'],
    [['build', '--config', 'no-such.config.ts', '--json'], 2, 'config_unreadable'],
    [['build', '--out', '/dev/null/no/such/place', '--json'], 2, 'file'],
    [['init', '--json'], 2, 'not_interactive'],
    [['trigger', 'no-such-kind', '--to', 'http://127.0.0.1:9/', '--json'], 2, 'usage'],
  ])('are one document on standard output: %j', async (args, expected, errorCode) => {
    const { code, out, err } = await runMain(args)
    expect([code, err]).toEqual([expected, ''])
    expect(JSON.parse(out)).toMatchObject({ error: { code: errorCode } })
  })

  it('are words on standard error without it', async () => {
    const { code, out, err } = await runMain(['chek'])
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain('check')
  })
})
