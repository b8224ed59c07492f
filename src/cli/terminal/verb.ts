/**
 * The form of a verb: its options come from commander, and every verb has `--json`, `--help` with
 * examples, and refuses what it does not know.
 */
import {
  Command,
  CommanderError,
  Help,
  InvalidArgumentError,
  type Option,
} from '@commander-js/extra-typings'
import { UsageError } from './errors.ts'

export { InvalidArgumentError }

export interface VerbText {
  /** One line, as in a list of verbs: starts with a verb, no full stop. */
  summary: string
  /** Whole command lines without the leading `switchboard`, and what each does. */
  examples: readonly (readonly [command: string, effect: string])[]
  /** What else `--help` says, behind the options: notes, exit codes, where secrets come from. */
  notes?: string
}

/** The rest of a verb, in a module of its own: options and action. */
export type DefineVerb = (verb: Verb) => void

export type Verb = ReturnType<typeof createVerb>

export function createVerb(name: string, text: VerbText) {
  return dress(new Command(`switchboard ${name}`), text)
}

/** A verb below a verb: `numbers scan`. */
export function addVerb(parent: Verb, name: string, text: VerbText) {
  // Else `--json` behind the verb would be taken for the parent's.
  parent.enablePositionalOptions()
  return dress(parent.command(name), text)
}

function dress(command: Command, { summary, examples, notes }: VerbText) {
  return command
    .description(`${toSentence(summary)}.`)
    .summary(summary)
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .configureHelp({ optionDescription: describeOption })
    .addHelpText('after', toHelpEnd(examples, notes))
    .allowExcessArguments(false)
    .showHelpAfterError(false)
    .exitOverride()
    .configureOutput({ writeErr: () => {}, outputError: () => {} })
    .option('--json', 'print one JSON document for scripts instead of text')
}

/** An empty list is no default that anybody wants to read. */
function describeOption(option: Option): string {
  const isEmpty = Array.isArray(option.defaultValue) && option.defaultValue.length === 0
  return isEmpty ? option.description : HELP.optionDescription(option)
}

const HELP = new Help()

function toHelpEnd(examples: VerbText['examples'], notes: string | undefined): string {
  const lines = examples.flatMap(([command, effect]) => [
    `  $ switchboard ${command}`,
    `    ${effect}`,
  ])
  const parts = examples.length === 0 ? [] : [['Examples:', ...lines].join('\n')]
  return ['', [...parts, ...(notes === undefined ? [] : [notes])].join('\n\n')].join('\n').trimEnd()
}

/** Runs a verb with its arguments. What commander complains about becomes a UsageError. */
export async function runVerb(verb: Verb, args: readonly string[]): Promise<void> {
  try {
    await verb.parseAsync(args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return
    // A verb with verbs below it, called without one.
    if (error.code === 'commander.help') {
      throw new UsageError(`${verb.name()} needs one of: ${listBelow(verb)}.`, {
        next: `${verb.name()} --help`,
      })
    }
    const message = error.message.replace(/^error: /, '')
    throw new UsageError(toSentence(message), { next: `${verb.name()} --help` })
  }
}

const listBelow = (verb: Verb): string => verb.commands.map((each) => each.name()).join(', ')

const toSentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** For `.argParser`: a TCP port; 0 lets the system choose. */
export function parsePort(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new InvalidArgumentError('It is a number from 0 to 65535.')
}

/** For `.argParser`: an http or https URL, as written. */
export function parseHttpUrl(text: string): string {
  if (URL.canParse(text) && /^https?:/.test(text)) return text
  throw new InvalidArgumentError('It is an http or https URL.')
}
