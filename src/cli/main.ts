#!/usr/bin/env node
/**
 * The `switchboard` command. Each verb is a module of its own; this file picks it and turns what it
 * throws into an exit code.
 *
 * Exit codes: 0 done, 1 the work failed, 2 the call or the config is wrong, 130 cancelled.
 */
import { suggest } from '../config/did-you-mean.ts'
import { CommandError, EXIT, UsageError } from './terminal/errors.ts'
import { createVerb, runVerb } from './terminal/verb.ts'
import { VERBS } from './verbs.ts'

function toHelp(): string {
  const width = Math.max(...VERBS.map(({ name }) => name.length))
  return [
    'switchboard <verb> [options]',
    '',
    ...VERBS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'switchboard <verb> --help tells more, with examples.',
  ].join('\n')
}

async function main([name, ...args]: string[]): Promise<void> {
  if (name === undefined || ['--help', '-h', 'help'].includes(name)) {
    console.log(toHelp())
    return
  }
  const entry = VERBS.find((verb) => verb.name === name)
  if (!entry) {
    const names = VERBS.map((verb) => verb.name)
    const next = suggest(name, names, 'switchboard --help lists them.')
    throw new UsageError(`There is no verb "${name}".`, { next })
  }
  const define = await entry.load()
  const verb = createVerb(entry.name, entry)
  define(verb)
  await runVerb(verb, args)
}

/** A file or folder that is not as it should be: Node's message names it and says what is wrong. */
function isSystemError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error && 'path' in error
}

function toCommandError(error: unknown): CommandError | null {
  if (error instanceof CommandError) return error
  return isSystemError(error) ? new UsageError(error.message, { code: 'file' }) : null
}

/** For scripts: one document whatever happens. */
function toJson(known: CommandError | null) {
  if (!known) return { code: 'defect', message: 'switchboard has a defect', next: null }
  const { code, message, next } = known
  return { code, message, next }
}

// Whoever reads us may have seen enough: `… | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

const args = process.argv.slice(2)
try {
  await main(args)
} catch (error) {
  const known = toCommandError(error)
  // A defect of ours: its stack is what whoever mends it needs.
  if (!known) console.error(error)
  if (args.includes('--json')) console.log(JSON.stringify({ error: toJson(known) }, null, 2))
  else if (known) console.error([known.message, known.next ?? []].flat().join('\n'))
  process.exitCode = known?.exitCode ?? EXIT.failed
}
