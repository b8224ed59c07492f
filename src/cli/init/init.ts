/**
 * `switchboard init`: writes a config, its replies and `.dev.vars` for what the user has. Everything is
 * asked first and written at the end, so that whoever stops half-way finds nothing changed.
 */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { TOKENS_SECRET } from '../../config/secret-names.ts'
import { DEFAULT_CONFIG_FILE } from '../project/config-file.ts'
import { createSecretReader } from '../project/secrets.ts'
import { UsageError } from '../terminal/errors.ts'
import { confirmOrEnd } from '../terminal/prompts.ts'
import { createTerminal, type Terminal } from '../terminal/terminal.ts'
import type { DefineVerb } from '../terminal/verb.ts'
import { EVENTS_SECRET, listSigningSecrets } from './answers.ts'
import { addSecrets, type DevVars } from './dev-vars.ts'
import { planFiles, type PlannedFile } from './plan-files.ts'
import { toProjectFiles } from './project-files.ts'
import { parseChannels, readAnswers, type AnswerOptions } from './read-answers.ts'
import { readNewSecrets, type SecretOptions } from './read-secrets.ts'
import { writeFiles } from './write-files.ts'

const ROOT = join(import.meta.dirname, '../../..')
const DEV_VARS = '.dev.vars'

export const defineInit: DefineVerb = (verb) => {
  verb
    .option('--channels <list>', 'what Twilio brings: voice, sms or voice,sms', parseChannels)
    .option('--app <url>', 'the URL of your app that answers today, for every channel')
    .option('--no-app', 'no app answers: Switchboard does')
    .option('--voice-app <url>', 'the one that answers calls')
    .option('--sms-app <url>', 'the one that answers messages')
    .option('--events <url>', 'who gets every event')
    .option('--no-events', 'nobody gets events yet')
    .option('--events-format <format>', 'cloudevents (default), or twilio: requests as they came')
    .option('--public-url <url>', 'the origin that Twilio will call, if it is known')
    .option('--token-stdin', "read the account's auth token from standard input")
    .option('--account <sid>', 'the account SID (AC…), for verbs that call Twilio')
    .option('--dir <dir>', 'where to write', '.')
    .option('--local', 'allow plain http and private addresses: for development only')
    .option('--force', 'replace files that are there; they are kept as ….bak')
    .option('--yes', 'take the defaults for what is not said: both channels, nothing else')
    .action((options) => init(options, createTerminal(options)))
}

interface InitOptions extends AnswerOptions, SecretOptions {
  dir: string
  force?: boolean | undefined
}

async function init(options: InitOptions, terminal: Terminal): Promise<void> {
  const folder = resolve(options.dir)
  refuseNoFolder(folder)
  const answers = await readAnswers(options, terminal)
  const secrets = await readNewSecrets(
    options,
    listSigningSecrets(answers),
    createSecretReader(process.env, folder),
    terminal,
  )
  const files = await toProjectFiles(answers, toImportPath(folder))
  const plan = planFiles(files, (path) => readIfThere(join(folder, path)))
  await askToReplace(plan, options.force === true, terminal)
  const devVars = addSecrets(readIfThere(join(folder, DEV_VARS)), secrets)
  writeFiles(folder, [
    ...plan.filter(({ action }) => action !== 'unchanged'),
    // Secrets have no copy: what was there is still in it.
    { path: DEV_VARS, text: devVars.text, backup: null, mode: 0o600 },
  ])
  report(plan, devVars, options, terminal)
}

function refuseNoFolder(folder: string): void {
  if (!existsSync(folder) || statSync(folder).isDirectory()) return
  throw new UsageError('--dir is a file.', { next: 'Pass a folder; a new one is made.' })
}

const readIfThere = (path: string): string | null =>
  existsSync(path) ? readFileSync(path, 'utf8') : null

/** From the folder of the config to the module that it imports. */
function toImportPath(folder: string): string {
  const path = relative(folder, join(ROOT, 'src/config/index.ts')).replaceAll('\\', '/')
  return path.startsWith('.') ? path : `./${path}`
}

async function askToReplace(
  plan: readonly PlannedFile[],
  isSure: boolean,
  terminal: Terminal,
): Promise<void> {
  const own = plan.filter(({ needsConsent }) => needsConsent).map(({ path }) => path)
  if (own.length === 0) return
  const question = {
    message: `Replace ${own.join(', ')}? What is there is kept as ….bak.`,
    instead: '--force to replace it, or --dir DIR to write elsewhere',
  }
  await confirmOrEnd(terminal, question, isSure)
}

function report(
  plan: readonly PlannedFile[],
  { added, kept, empty }: DevVars,
  { dir, local }: InitOptions,
  terminal: Terminal,
): void {
  const next = toNextSteps({ added, empty }, dir, local === true)
  const files = plan.map(({ path, action, backup }) => ({ path, action, backup }))
  const lines = files.map(({ path, action, backup }) => {
    return `  ${join(dir, path)}${toRemark(action, backup)}`
  })
  const names = added.length === 0 ? 'nothing new' : added.join(', ')
  for (const name of kept) terminal.warn(`${name} in .dev.vars is another one: it was kept.`)
  terminal.result(
    { dir, files, secrets: { file: DEV_VARS, added, kept, empty }, next },
    [
      'Written:',
      ...lines,
      `  ${join(dir, DEV_VARS)} (${names})`,
      '',
      'Next:',
      ...next.map((step) => `  ${step}`),
    ].join('\n'),
  )
}

function toRemark(action: PlannedFile['action'], backup: string | null): string {
  if (action === 'unchanged') return ' (as it was)'
  return backup === null ? '' : ` (what was there: ${backup})`
}

/** What to do now; what must be done by hand comes first. */
function toNextSteps(
  { added, empty }: Pick<DevVars, 'added' | 'empty'>,
  dir: string,
  local: boolean,
): string[] {
  const file = join(dir, DEV_VARS)
  const isHere = resolve(dir) === process.cwd()
  const config = isHere ? '' : ` --config ${join(dir, DEFAULT_CONFIG_FILE)}`
  const token = `Put your auth token behind ${TOKENS_SECRET}= in ${file}.`
  const signing = `Give your service the value of ${EVENTS_SECRET} in ${file}: it checks signatures with it.`
  return [
    ...(empty.includes(TOKENS_SECRET) ? [token] : []),
    ...(added.includes(EVENTS_SECRET) ? [signing] : []),
    `npm run switchboard -- check${config}${local ? ' --local' : ''}`,
    `npm run switchboard -- dev${config}`,
    ...(local ? [] : [`npm run switchboard -- deploy${config}`]),
  ]
}
