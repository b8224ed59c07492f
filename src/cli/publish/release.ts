/**
 * The way of a document to the Workers, the same for `push` and `rollback`: check what is deployed, show
 * the difference, ask, publish, and say when it is live.
 */
import { diffConfigs, type Change } from '../../config/diff/config-diff.ts'
import { toDiffLines } from '../../config/diff/diff-text.ts'
import type { ConfigDocument } from '../../config/document.ts'
import { toMark, type Live } from '../../config/published/live.ts'
import type { How } from '../../config/published/publication.ts'
import { isSame } from '../../config/published/publish.ts'
import { waitForGateway } from '../cloudflare/wait-for-gateway.ts'
import { UsageError, WorkError } from '../terminal/errors.ts'
import { confirmOrEnd } from '../terminal/prompts.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { checkDeployed } from './check-deployed.ts'
import type { Cloud } from './cloud.ts'
import { paintDiff } from './paint-diff.ts'
import { publish } from './publish.ts'

export interface ReleaseOptions {
  yes?: boolean | undefined
  force?: boolean | undefined
  dryRun?: boolean | undefined
  wait?: boolean | undefined
  via?: string | undefined
  message?: string | undefined
}

export interface Release {
  document: ConfigDocument
  how: How
  /** What was in place when the document was chosen. */
  live: Live
  restores?: string
}

export async function release(
  terminal: Terminal,
  cloud: Cloud,
  { document, how, live, restores }: Release,
  options: ReleaseOptions,
): Promise<void> {
  const { version } = document
  const { force, dryRun, message } = options
  const origin = options.via ?? document.config.publicUrl
  if (options.wait && origin === null) throw nobodyToAsk()
  const before = live.state === 'published' ? live.config : null
  const changes = diffConfigs(before, document.config)
  const isNew = !isSame(live, document)
  if (isNew) {
    await checkDeployed(terminal, cloud, document, { before, origin, force })
    terminal.note(describe(live, document, changes))
  }
  const data = { version, replaces: toMark(live), changes: isNew ? changes : [] }
  if (dryRun) {
    const text = isNew ? `${version} would be published.` : `${version} is live already.`
    return terminal.result({ status: isNew ? 'dry_run' : 'unchanged', ...data }, text)
  }
  if (isNew) await confirm(terminal, version, options)
  const status = await terminal.step(`Publishing ${version}`, async () => {
    const request = { by: await cloud.who(), at: Date.now(), how, message, restores, force }
    return publish(cloud.store, document, { ...request, seen: live })
  })
  if (options.wait && origin !== null) await waitFor(terminal, version, origin)
  terminal.result({ status, ...data }, toEnd(version, status, options.wait === true))
}

const MAX_SHOWN_LINES = 40

function describe(live: Live, { version, config }: ConfigDocument, changes: Change[]): string {
  if (live.state !== 'published') {
    const now = live.state === 'none' ? 'Nothing is published yet' : 'What is published is broken'
    const { endpoints, targets } = config
    return `${now}. New: ${version}, endpoints: ${endpoints.length}, targets: ${targets.length}.`
  }
  const lines = toDiffLines(changes)
  if (lines.length === 0) lines.push('  nothing but the order of endpoints or targets')
  const more = lines.length - MAX_SHOWN_LINES
  const shown = paintDiff(lines.slice(0, MAX_SHOWN_LINES), process.stderr)
  const rest = more > 0 ? [`  … and ${more} lines more: switchboard diff`] : []
  return [`${live.version} → ${version}`, ...shown, ...rest].join('\n')
}

async function confirm(terminal: Terminal, version: string, { yes }: ReleaseOptions) {
  const question = { message: `Publish ${version}?`, instead: '--yes' }
  await confirmOrEnd(terminal, question, yes === true)
}

const nobodyToAsk = () =>
  new UsageError('The config has no publicUrl: there is nobody to wait for.', {
    code: 'gateway_unknown',
    next: 'Pass --via with the URL of the gateway.',
  })

/** KV's cache of 30 s, a refresh each 30 s, and as much again. */
const WAIT_MS = 120_000

async function waitFor(terminal: Terminal, version: string, origin: string): Promise<void> {
  const { isReached, health } = await terminal.step('Waiting until the gateway uses it', (update) =>
    waitForGateway({
      origin,
      until: (answer) => answer.version === version,
      waitMs: WAIT_MS,
      onAnswer: (answer) => update(answer.kind === 'gateway' ? `it uses ${answer.version}` : '…'),
    }),
  )
  if (isReached) return
  const problems = health.kind === 'gateway' ? health.problems : []
  const message = `${version} is published, and the gateway does not use it yet.`
  throw new WorkError([message, ...problems].join('\n'), {
    code: 'not_in_use',
    next: `Look at ${origin}/healthz, and in the log for lines "config.refused".`,
  })
}

function toEnd(version: string, status: 'published' | 'unchanged', isAwaited: boolean): string {
  if (status === 'unchanged') return `${version} is live already: nothing was changed.`
  if (isAwaited) return `Published ${version}; the gateway uses it.`
  return `Published ${version}. It is in use everywhere within about a minute: KV caches for 30 s, and a Worker looks every 30 s.`
}
