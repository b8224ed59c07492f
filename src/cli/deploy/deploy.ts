/**
 * `switchboard deploy`: makes what is missing at Cloudflare, uploads what changed, publishes the config,
 * and sends a test event through. It may be run as often as one likes: what is there stays.
 */
import { DEFAULT_CONFIG_FILE } from '../project/config-file.ts'
import { createTerminal } from '../terminal/terminal.ts'
import { InvalidArgumentError, parseHttpUrl, type DefineVerb } from '../terminal/verb.ts'
import { findConsoleUrl } from './console-url.ts'
import { findGatewayUrl, toMissingRoute } from './gateway-url.ts'
import { observe } from './observe.ts'
import { planDeploy } from './plan.ts'
import { fileOf, openProject } from './project.ts'
import { describeGateway, toData, toEnd } from './report.ts'
import { runPlan, toLine } from './run-plan.ts'
import { createWorks } from './works.ts'

interface DeployOptions {
  config: string
  dryRun?: boolean | undefined
  updateSecrets?: boolean | undefined
  test: boolean
  via?: string | undefined
  wait: number
  message?: string | undefined
  json?: boolean | undefined
}

const DEFAULT_WAIT_SECONDS = 60

export const defineDeploy: DefineVerb = (verb) => {
  verb
    .option('--config <file>', 'the config', DEFAULT_CONFIG_FILE)
    .option('--dry-run', 'say what would be done, and change nothing')
    .option('--update-secrets', 'also replace the secrets that Cloudflare has by those known here')
    .option('--message <text>', 'why, for the history')
    .option('--via <url>', 'reach the gateway here for health and test event', parseHttpUrl)
    .option('--wait <seconds>', 'for health and test event, each', parseWait, DEFAULT_WAIT_SECONDS)
    .option('--no-test', 'send no test event')
    .action(deploy)
}

async function deploy(options: DeployOptions): Promise<void> {
  const { dryRun = false, updateSecrets = false, test, via, message } = options
  const terminal = createTerminal(options)
  const project = await openProject(process.cwd(), options.config, process.env, (text) =>
    terminal.warn(text),
  )
  const { gateway, observed } = await terminal.step('Looking at what is there', async () => ({
    gateway: await findGatewayUrl(project),
    observed: await observe(project, { updateSecrets, test }),
  }))
  const steps = planDeploy(observed)
  const pages = observed.workers.find(({ role }) => role === 'console')
  const console = pages && { url: await findConsoleUrl(project), isClosed: pages.isClosed }
  const shared = { project, gateway, steps, console: console ?? null }
  terminal.note(describeGateway(gateway))
  const { settings } = fileOf(project, 'gateway')
  const missingRoute = via === undefined ? toMissingRoute(settings, gateway.url) : null
  if (missingRoute !== null) terminal.warn(missingRoute)
  if (dryRun) {
    const text = [...steps.map(toLine), '', 'Nothing was changed.'].join('\n')
    return terminal.result(toData({ ...shared, status: 'dry_run' }), text)
  }
  const waitMs = options.wait * 1000
  const works = createWorks(project, observed, { gateway, via, missingRoute, waitMs, message })
  const outcomes = await runPlan(steps, works, terminal)
  const report = { ...shared, status: 'deployed', steps: outcomes } as const
  terminal.result(toData(report), toEnd(report))
}

function parseWait(text: string): number {
  const seconds = Number(text)
  if (/^\d+$/.test(text) && seconds <= 3600) return seconds
  throw new InvalidArgumentError('It is a number of seconds, up to 3600.')
}
