/**
 * `switchboard check`: everything that can be known about a config before it is deployed. It changes
 * nothing. With `--online` it calls the targets and apps, with requests that say that they are tests.
 *
 * Exit codes: 0 good, 1 a call failed, 2 the config or a secret is wrong.
 */
import { toVersion } from '../../config/document.ts'
import { compileConfigFile, DEFAULT_CONFIG_FILE } from '../project/config-file.ts'
import { createConfigSecretReader, type ReadSecret } from '../project/secrets.ts'
import { EXIT } from '../terminal/errors.ts'
import { confirmOrEnd } from '../terminal/prompts.ts'
import { createTerminal, type Terminal } from '../terminal/terminal.ts'
import type { DefineVerb } from '../terminal/verb.ts'
import type { CompiledConfig } from '../../config/compiled.ts'
import { checkSecrets } from './check-secrets.ts'
import { findShardProblems } from './check-shards.ts'
import type { Finding } from './finding.ts'
import { toList, toSummary, toSummaryText, type Summary } from './summary.ts'
import type { Trial } from './trial.ts'
import { createTrialContext, planTrials, runTrials, toTrialsText } from './try-all.ts'

export const defineCheck: DefineVerb = (verb) => {
  verb
    .option('--config <file>', 'the config', DEFAULT_CONFIG_FILE)
    .option('--local', 'allow plain http and private addresses: for development only')
    .option('--secrets', 'a secret that is not set here is a problem, and not only a warning')
    .option('--online', 'call each target and app with a signed test')
    .option('--only <name>', 'call only this one; may be repeated', collectName)
    .option('--yes', 'do not ask before a test that looks like a request of Twilio')
    .action((options) => check(options, createTerminal(options)))
}

const collectName = (name: string, before: string[] = []): string[] => [...before, name]

interface CheckOptions {
  config: string
  local?: boolean | undefined
  secrets?: boolean | undefined
  online?: boolean | undefined
  only?: string[] | undefined
  yes?: boolean | undefined
}

interface CheckResult {
  ok: boolean
  config: string
  /** Null: it cannot be compiled. */
  version: string | null
  problems: Finding[]
  warnings: Finding[]
  summary: Summary | null
  /** Null: nobody was called. */
  online: Trial[] | null
}

async function check(options: CheckOptions, terminal: Terminal): Promise<void> {
  const { config: file, local = false } = options
  const read = createConfigSecretReader(process.env, file)
  const result = await checkFile(options, read)
  const { compiled } = result
  if (compiled !== null && result.ok && (options.online === true || options.only !== undefined)) {
    result.online = await callAll(compiled, options, read, terminal)
    result.ok = result.online.every((trial) => trial.result !== 'failed')
  }
  const { ok, version, problems, warnings, summary, online } = result
  const shown: CheckResult = { ok, config: file, version, problems, warnings, summary, online }
  terminal.result(shown, toText(shown, local))
  if (problems.length > 0) process.exitCode = EXIT.usage
  else if (!ok) process.exitCode = EXIT.failed
}

async function checkFile(
  { config: file, local = false, secrets: wantsSecrets = false }: CheckOptions,
  read: ReadSecret,
): Promise<CheckResult & { compiled: CompiledConfig | null }> {
  const empty = { config: file, version: null, warnings: [], summary: null, online: null }
  const compiled = await compileConfigFile(file, { local })
  if (!compiled.ok) return { ...empty, ok: false, problems: compiled.error, compiled: null }
  const { config, warnings } = compiled.value
  const { secrets, missing, broken } = checkSecrets(config, read, { local })
  const shards = findShardProblems(process.cwd())
  const problems = [...shards, ...broken, ...(wantsSecrets ? missing : [])]
  return {
    ok: problems.length === 0,
    config: file,
    version: toVersion(config),
    problems,
    warnings: wantsSecrets ? warnings : [...warnings, ...missing],
    summary: toSummary(config, secrets),
    online: null,
    compiled: config,
  }
}

async function callAll(
  config: CompiledConfig,
  { only = [], yes, local = false }: CheckOptions,
  read: ReadSecret,
  terminal: Terminal,
): Promise<Trial[]> {
  const plan = planTrials(config, only)
  if (plan.asTwilio.length > 0) {
    const question = {
      message: `Send a test that looks like a request of Twilio to ${plan.asTwilio.join(', ')}? It may act on it.`,
      instead: '--yes if that is fine, or --only NAME for the others',
    }
    await confirmOrEnd(terminal, question, yes === true)
  }
  return terminal.step('Calling targets and apps', () =>
    runTrials(plan, config, createTrialContext(read, local)),
  )
}

function toText(result: CheckResult, local: boolean): string {
  const { config, version, problems, warnings, summary, online } = result
  const mode = local ? ' for development' : ''
  const head =
    version !== null && problems.length === 0
      ? `${config} is good${mode}: version ${version}`
      : `${config} is not good`
  const parts = [
    head,
    summary === null ? '' : toSummaryText(summary),
    toList('problem', problems),
    toList('warning', warnings),
    online === null ? '' : toTrialsText(online),
  ]
  return parts.filter((part) => part !== '').join('\n\n')
}
