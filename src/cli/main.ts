#!/usr/bin/env node
/**
 * The `switchboard` command. Each verb is a module with one function; this file only picks it.
 *
 * Exit codes: 0 done, 1 the work failed, 2 the call or the config is wrong.
 */
import { runBuild } from './build.ts'
import { runDev } from './dev.ts'
import { UsageError } from './errors.ts'
import { runTrigger } from './trigger.ts'

const VERBS: Record<string, { run: (args: string[]) => Promise<void>; summary: string }> = {
  dev: { run: runDev, summary: 'run gateway and consumer on this machine' },
  trigger: { run: runTrigger, summary: 'send a signed, realistic webhook of any kind' },
  build: { run: runBuild, summary: 'check the config and write dist/config.json' },
}

function toHelp(): string {
  const verbs = Object.entries(VERBS).map(([name, { summary }]) => `  ${name.padEnd(9)}${summary}`)
  return [
    'switchboard <verb> [options]',
    '',
    ...verbs,
    '',
    'switchboard <verb> --help tells more.',
  ].join('\n')
}

async function main([verb, ...args]: string[]): Promise<void> {
  if (verb === undefined || verb === '--help' || verb === 'help') {
    console.log(toHelp())
    return
  }
  if (!Object.hasOwn(VERBS, verb))
    throw new UsageError(`There is no verb "${verb}".\n\n${toHelp()}`)
  await VERBS[verb]?.run(args)
}

/** A file or folder that is not as it should be: Node's message names it and says what is wrong. */
function isSystemError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error && 'path' in error
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof UsageError) && !isSystemError(error)) throw error
  console.error(error.message)
  process.exitCode = 2
}
