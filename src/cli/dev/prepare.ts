/** What `dev` needs to know and to have before it starts the Workers. Throws for whatever is missing. */
import { dirname } from 'node:path'
import type { CompiledConfig } from '../../config/compiled.ts'
import { REDACT_SECRET, secretNames, TOKENS_SECRET } from '../../config/secret-names.ts'
import { createConfigSecretReader, type ReadSecret } from '../project/secrets.ts'
import { localSecret, makeKeyRing, type StateFolder } from '../project/state.ts'
import { UsageError } from '../terminal/errors.ts'
import { loadFresh, type FreshConfig } from './fresh-config.ts'
import { toLocalConfig, type ForwardFormat, type StandIns } from './local-config.ts'
import { collectSecrets, findLacking } from './local-secrets.ts'
import { createForward, NO_STAND_IN, startSample, type StandIn } from './stand-in.ts'
import type { Stops } from './stop.ts'

export interface DevOptions {
  config: string
  port: number
  /** Null: the one behind `port`, or any free one. */
  consolePort: number | null
  state: string
  demo: boolean
  tunnel: boolean
  json: boolean
  /** The console asks who one is, though this is a machine of one's own. */
  login: boolean
  forward: { url: string; format: ForwardFormat } | null
}

export interface LoadedConfig {
  /** As its file says. */
  config: CompiledConfig
  fresh: FreshConfig
  /** When it was read, milliseconds since the epoch. */
  readAt: number
}

/** Throws a UsageError that lists every problem with its place and what to do. */
export async function loadFirst(file: string): Promise<LoadedConfig> {
  const readAt = Date.now()
  const fresh = await loadFresh(file)
  if (fresh?.config) return { config: fresh.config, fresh, readAt }
  const problems = fresh?.problems ?? []
  const title = `${file} has ${problems.length} problem${problems.length === 1 ? '' : 's'}:`
  const list = problems.map((problem) => `  ${problem}`)
  throw new UsageError([title, ...list].join('\n'), { code: 'config_invalid' })
}

export interface Prepared {
  standIn: StandIn
  standIns: StandIns
  /** For the Workers, by name. */
  secrets: Record<string, string>
  /** What they lack for another config; reads `.dev.vars` anew. */
  findLacking: (config: CompiledConfig) => string[]
}

export async function prepare(
  options: DevOptions,
  { config }: LoadedConfig,
  state: StateFolder,
  stops: Stops,
): Promise<Prepared> {
  const standIn = await startStandIn(options, state)
  if (standIn.sample) stops.push(standIn.sample.stop)
  const standIns = { publicUrl: null, target: standIn.target }
  const createReader = (): ReadSecret => {
    const read = toReader(options, state)
    return (name) => standIn.secrets[name] ?? read(name)
  }
  // Without the key the ledger says that something was removed, and no more: good enough for a show.
  const toNames = (one: CompiledConfig) =>
    secretNames(one).filter((name) => !options.demo || name !== REDACT_SECRET)
  const names = [...toNames(toLocalConfig(config, standIns)), ...Object.keys(standIn.secrets)]
  const needs = {
    names,
    isPublic: options.tunnel,
    asksForLogin: options.login,
    folders: ['.', dirname(options.config)],
  }
  const secrets = collectSecrets(needs, createReader())
  return {
    standIn,
    standIns,
    secrets,
    findLacking: (one) => findLacking(toNames(one), secrets, createReader()),
  }
}

function startStandIn(options: DevOptions, state: StateFolder): StandIn | Promise<StandIn> {
  const { demo, forward } = options
  if (demo) return startSample()
  if (!forward) return NO_STAND_IN
  const place = { path: state.path, shown: options.state }
  return createForward({ ...forward, state: place }, toReader(options, state))
}

/** The demo makes keys of its own, unless Twilio itself is to call. */
function toReader({ demo, tunnel, config }: DevOptions, { path }: StateFolder): ReadSecret {
  const read = createConfigSecretReader(process.env, config)
  if (!demo || tunnel) return read
  return (name) =>
    read(name) ??
    (name === TOKENS_SECRET ? localSecret(path, TOKENS_SECRET, makeKeyRing) : undefined)
}
