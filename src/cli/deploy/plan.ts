/**
 * What a deploy has to do, decided from what is there. Pure: the plan is data that `--dry-run` prints
 * and that the runner works through.
 *
 * The order loses nothing: queues before who writes into them, tables before who writes them, who
 * receives before who sends, and the config last, since only then everybody can read it.
 */
import type { Role } from '../cloudflare/wrangler-files.ts'

/** The longest that a queue keeps a message: 14 days. The default is 4. */
export const RETENTION_SECONDS = 1_209_600

/** Why a Worker is uploaded. */
export type UploadReason = 'new' | 'changed' | 'secrets' | 'triggers'

export interface ObservedDatabase {
  binding: string
  name: string
  id: string | null
  filesToWrite: string[]
  pending: string[]
}

export interface Observed {
  /** `id`: at Cloudflare; null: to be created. `filesToWrite`: wrangler files that do not name it. */
  namespace: { name: string; id: string | null; filesToWrite: string[] }
  /** The ledgers: one for each shard. `binding`: `LEDGER`, `LEDGER_2`. */
  databases: ObservedDatabase[]
  /** Dead-letter queues first. */
  queues: { name: string; retentionSeconds: number | null }[]
  /**
   * In the order in which they are deployed. `secrets`: names to upload. `isClosed`: the console, when
   * nothing says who may use it.
   */
  workers: {
    role: Role
    name: string
    reason: UploadReason | null
    secrets: string[]
    isClosed: boolean
  }[]
  config: { version: string; isLive: boolean }
  /** Why no test event is sent; null: it is. */
  noTest: string | null
}

export type StepKind =
  | 'namespace'
  | 'queue'
  | 'database'
  | 'migrations'
  | 'worker'
  | 'config'
  | 'health'
  | 'test'

export interface Step {
  kind: StepKind
  /** The name of what it is about. */
  subject: string
  title: string
  state: 'needed' | 'done' | 'skipped'
  /** What is done about it, or why nothing is. */
  detail: string
}

export function planDeploy(observed: Observed): Step[] {
  const { namespace, databases, queues, workers, config, noTest } = observed
  return [
    toResourceStep('namespace', 'KV namespace', namespace),
    ...queues.map(toQueueStep),
    ...databases.flatMap((database) => [
      toResourceStep('database', 'D1 database', database),
      toMigrationsStep(database),
    ]),
    ...workers.map(toWorkerStep),
    {
      kind: 'config',
      subject: config.version,
      title: 'Config',
      state: config.isLive ? 'done' : 'needed',
      detail: config.isLive ? `${config.version} is live` : `publish ${config.version}`,
    },
    {
      kind: 'health',
      subject: 'gateway',
      title: 'Health',
      state: 'needed',
      detail: 'ask the gateway until it is well',
    },
    {
      kind: 'test',
      subject: 'gateway',
      title: 'Test event',
      state: noTest === null ? 'needed' : 'skipped',
      detail: noTest ?? 'send a signed one and wait until the ledger has it',
    },
  ]
}

function toResourceStep(
  kind: 'namespace' | 'database',
  title: string,
  { name, id, filesToWrite }: Observed['namespace'],
): Step {
  const todo = [
    ...(id === null ? ['create'] : []),
    ...(filesToWrite.length > 0 ? [`write its id into ${filesToWrite.join(', ')}`] : []),
  ]
  return {
    kind,
    subject: name,
    title: `${title} ${name}`,
    ...(todo.length > 0
      ? { state: 'needed', detail: todo.join(', ') }
      : { state: 'done', detail: 'is there' }),
  }
}

function toQueueStep({ name, retentionSeconds }: Observed['queues'][number]): Step {
  const isThere = retentionSeconds !== null
  const isRight = retentionSeconds === RETENTION_SECONDS
  const todo = isThere ? 'keep messages for 14 days' : 'create, keep messages for 14 days'
  return {
    kind: 'queue',
    subject: name,
    title: `Queue ${name}`,
    ...(isRight ? { state: 'done', detail: 'is there' } : { state: 'needed', detail: todo }),
  }
}

function toMigrationsStep({ name, pending }: ObservedDatabase): Step {
  return {
    kind: 'migrations',
    subject: name,
    title: `Migrations of ${name}`,
    ...(pending.length === 0
      ? { state: 'done', detail: 'are applied' }
      : { state: 'needed', detail: `apply ${pending.join(', ')}` }),
  }
}

const REASONS: Record<UploadReason, string> = {
  new: 'upload it for the first time',
  changed: 'upload: code, config or bindings changed',
  secrets: 'upload its secrets',
  triggers: 'upload: what calls it is not as its wrangler file says',
}

function toWorkerStep({ role, name, reason, secrets }: Observed['workers'][number]): Step {
  const carried = secrets.length > 0 ? ` (secrets: ${secrets.join(', ')})` : ''
  return {
    kind: 'worker',
    subject: role,
    title: `Worker ${name}`,
    ...(reason === null
      ? { state: 'done', detail: 'is up to date' }
      : { state: 'needed', detail: REASONS[reason] + carried }),
  }
}
