/**
 * `switchboard dev`: the whole product on this machine, on loopback, with nothing to sign up for.
 * With `--demo` it also starts a sample target and shows itself at work.
 */
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { CompiledConfig, CompiledTarget } from '../../config/compiled.ts'
import { toDocument, toVersion } from '../../config/document.ts'
import { DEFAULT_CONFIG_FILE, loadConfigFile } from '../project/config-file.ts'
import { runDemo } from './demo.ts'
import { UsageError } from '../terminal/errors.ts'
import { parsePort, type DefineVerb } from '../terminal/verb.ts'
import { startRuntime } from './runtime.ts'
import { startSampleTarget, type SampleTarget } from './sample-target.ts'
import {
  createSecretReader,
  readSecrets,
  secretNames,
  TOKENS_SECRET,
  type ReadSecret,
} from '../project/secrets.ts'
import { parseKeyRing } from '../../twilio/keyring.ts'
import {
  claimState,
  DEFAULT_STATE,
  localSecret,
  makeAuthToken,
  makeSigningSecret,
} from '../project/state.ts'

/** What the Workers know the sample target's secret by. */
const SAMPLE_SECRET = 'SAMPLE_SIGNING_SECRET'

interface DevOptions {
  config: string
  port: number
  state: string
  demo: boolean
}

export const defineDev: DefineVerb = (verb) => {
  verb
    .option('--config <file>', 'the config, anywhere on the disk', DEFAULT_CONFIG_FILE)
    .option('--port <n>', "the gateway's port on 127.0.0.1; 0: any free one", parsePort, 8787)
    .option('--state <dir>', 'where KV and the ledger are kept', DEFAULT_STATE)
    .option('--demo', 'start a sample target, send three webhooks and show what happens')
    .action(({ demo = false, ...options }) => startDev({ ...options, demo }))
}

async function startDev(options: DevOptions): Promise<void> {
  const config = await loadConfigFile(options.config, { local: true })
  const read = createSecretReader(process.env, process.cwd())
  const state = claimState(options.state)
  const stops: (() => Promise<void> | void)[] = [state.release]
  const stop = async () => {
    for (const each of stops.splice(0).toReversed()) await each()
  }
  try {
    const secrets = readAllSecrets(config, options.demo, state.path, read)
    const port = await freePort(options.port)
    const target = options.demo ? await useSampleTarget(config, secrets) : null
    if (target) stops.push(target.stop)
    const configPath = join(state.path, 'config.json')
    writeFileSync(configPath, JSON.stringify(toDocument(config, toVersion(config))))
    const log = createLogPrinter(options.demo)
    const runtime = await startRuntime({
      port,
      // Where wrangler looks: `wrangler d1 execute … --local --persist-to .switchboard`.
      statePath: join(state.path, 'v3'),
      configPath,
      secrets,
      onLog: log.print,
    })
    stops.push(runtime.stop)
    stopOnSignal(stop)
    const url = `http://127.0.0.1:${port}`
    console.log(`Switchboard is ready at ${url} (${options.config}, state in ${options.state})`)
    const isWhole = target ? await runDemo({ url, config, secrets, target }) : true
    log.open(!isWhole)
  } catch (error) {
    await stop()
    throw error
  }
}

/** What the Workers need by name. The demo has no targets of the config's, and makes its own token. */
function readAllSecrets(
  config: CompiledConfig,
  demo: boolean,
  statePath: string,
  read: ReadSecret,
): Record<string, string> {
  const readOrMake: ReadSecret = (name) => read(name) ?? localSecret(statePath, name, makeAuthToken)
  const secrets = demo
    ? readSecrets([TOKENS_SECRET], readOrMake)
    : readSecrets([TOKENS_SECRET, ...secretNames(config)], read)
  const ring = parseKeyRing(secrets[TOKENS_SECRET])
  if (!ring.ok) throw new UsageError(`${TOKENS_SECRET} ${ring.error.hint}`)
  return secrets
}

/** Starts a service that gets every event in place of the config's own targets: it is a show. */
async function useSampleTarget(
  config: CompiledConfig,
  secrets: Record<string, string>,
): Promise<SampleTarget> {
  const secret = makeSigningSecret()
  const target = await startSampleTarget(secret)
  secrets[SAMPLE_SECRET] = secret
  const names = config.targets.map(({ name }) => name).join(', ')
  if (names !== '')
    console.log(`The demo leaves out your targets (${names}); dev without it does not.`)
  config.targets = [toSampleTarget(target.url)]
  return target
}

function toSampleTarget(url: string): CompiledTarget {
  return {
    name: 'sample',
    url,
    events: ['*'],
    where: null,
    secrets: [SAMPLE_SECRET],
    format: 'cloudevents',
    timeoutMs: 10_000,
    retryMs: [],
    rate: null,
    headers: {},
    bearer: null,
  }
}

function freePort(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', () => {
      reject(
        new UsageError(
          `Port ${port} is in use. Stop what listens there (a run that was killed may have left its ` +
            `workerd), or pass --port.`,
        ),
      )
    })
    probe.listen(port, '127.0.0.1', () => {
      const address = probe.address()
      const chosen = typeof address === 'object' && address ? address.port : port
      probe.close(() => resolve(chosen))
    })
  })
}

/** Takes the signals over from miniflare, whose own handler would end this process at once. */
function stopOnSignal(stop: () => Promise<void>): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.removeAllListeners(signal)
    process.once(signal, () => {
      stop().then(
        () => process.exit(0),
        () => process.exit(1),
      )
    })
  }
}

/** The Workers' log lines; the demo holds them back until it has had its say. */
function createLogPrinter(startClosed: boolean) {
  let held: string[] | null = startClosed ? [] : null
  return {
    print: (text: string) => {
      if (held) held.push(text)
      else console.log(text)
    },
    /** @param withHeld also prints what was held back */
    open: (withHeld: boolean) => {
      if (withHeld) for (const text of held ?? []) console.log(text)
      held = null
    },
  }
}
