/**
 * Starts all that `switchboard dev` runs, in order: the state folder, what stands in for targets, the
 * Workers, the tunnel, the watch over the config. Whatever fails, what was started is ended.
 */
import { join } from 'node:path'
import type { CompiledConfig } from '../../config/compiled.ts'
import { toDocument, toVersion } from '../../config/document.ts'
import { readShardCount } from '../project/shards.ts'
import { claimState } from '../project/state.ts'
import { toReason } from '../terminal/errors.ts'
import { createTerminal } from '../terminal/terminal.ts'
import { runDemo } from './demo.ts'
import { loadFresh } from './fresh-config.ts'
import { toLocalConfig } from './local-config.ts'
import { createOutput, type Output } from './output.ts'
import { freeConsolePort, freePort } from './port.ts'
import { loadFirst, prepare, type DevOptions, type LoadedConfig, type Prepared } from './prepare.ts'
import { sayEndpoints, sayReady, sayStart, toRequeuedText, toTargetsText } from './ready.ts'
import { startReload } from './reload.ts'
import { startRuntime, type Runtime } from './runtime.ts'
import { createSession, type Session } from './session.ts'
import { stopAll, stopOnSignal, type Stops } from './stop.ts'
import { openTunnel } from './tunnel.ts'

export async function runDev(options: DevOptions): Promise<void> {
  const loaded = await loadFirst(options.config)
  const state = claimState(options.state)
  const stops: Stops = [state.release]
  try {
    const prepared = await prepare(options, loaded, state, stops)
    const port = await freePort(options.port)
    const consolePort = await freeConsolePort(options.consolePort, port)
    await start({ options, loaded, prepared, port, consolePort, statePath: state.path, stops })
  } catch (error) {
    await stopAll(stops)
    throw error
  }
}

interface Start {
  options: DevOptions
  loaded: LoadedConfig
  prepared: Prepared
  port: number
  consolePort: number
  statePath: string
  stops: Stops
}

async function start(at: Start): Promise<void> {
  const { options, loaded, prepared, port, stops } = at
  const { standIn, standIns } = prepared
  let inUse = () => toLocalConfig(loaded.config, standIns)
  const output = createOutput({
    isJson: options.json,
    pathOf: (name) => inUse().endpoints.find((endpoint) => endpoint.name === name)?.path,
  })
  if (standIn.sample) output.hold()
  const runtime = await startWorkers(at, inUse(), output)
  stopOnSignal(stops)
  const session = createSession({
    file: options.config,
    config: loaded.config,
    warnings: loaded.fresh.warnings,
    standIns,
    publish: runtime.publish,
    findLacking: prepared.findLacking,
    output,
  })
  inUse = session.current

  const url = `http://127.0.0.1:${port}`
  const consoleUrl = `http://127.0.0.1:${at.consolePort}`
  sayReady({ url, consoleUrl }, options, inUse(), output)
  sayStart(
    [
      ...loaded.fresh.warnings.map((text) => ({
        event: 'dev.config.warning' as const,
        text: `warning: ${text}`,
      })),
      { event: 'dev.targets', text: toTargetsText(standIn, loaded.config) },
      { event: 'dev.requeued', text: await requeue(runtime, inUse()) },
    ],
    output,
  )
  if (options.tunnel) await startTunnel(at, session, output)
  if (standIn.sample) {
    const { secrets } = prepared
    const demo = { url, config: inUse(), secrets, target: standIn.sample }
    output.release(!(await runDemo(demo)))
  }
  sayEndpoints({ url, consoleUrl }, options, inUse(), output)
  followConfig(at, session, output)
}

async function startWorkers(
  { prepared, port, consolePort, statePath, stops }: Start,
  config: CompiledConfig,
  output: Output,
): Promise<Runtime> {
  const runtime = await startRuntime({
    ports: { switchboard: port, 'switchboard-console': consolePort },
    // Where wrangler looks: `wrangler d1 execute … --local --persist-to .switchboard`.
    statePath: join(statePath, 'v3'),
    configPath: join(statePath, 'config.json'),
    document: toDocument(config, toVersion(config)),
    secrets: prepared.secrets,
    shards: readShardCount(process.cwd()),
    onLog: output.log,
  })
  stops.push(runtime.stop)
  return runtime
}

/** What became of it, in words. What cannot be put back is in the ledger, where the patrol finds it. */
async function requeue(runtime: Runtime, { targets }: CompiledConfig): Promise<string> {
  try {
    return toRequeuedText(await runtime.requeue(targets.map(({ name }) => name)))
  } catch (error) {
    return `What waited when dev stopped could not be put back into the queue: ${toReason(error)}`
  }
}

async function startTunnel(
  { options, port, stops }: Start,
  session: Session,
  output: Output,
): Promise<void> {
  const terminal = createTerminal({ json: options.json })
  const tunnel = openTunnel({
    port,
    onEnd: () =>
      output.tell(
        { event: 'dev.tunnel.ended' },
        'the tunnel has ended: nothing comes from Twilio any more. Start dev again for another one; ' +
          'the rest keeps running.',
      ),
  })
  stops.push(tunnel.stop)
  const url = await terminal.step('Opening a tunnel', () => tunnel.url)
  await session.openTo(url)
  output.say({ event: 'dev.tunnel.opened', url }, `The tunnel is open: ${url}`)
}

function followConfig({ options, loaded, stops }: Start, session: Session, output: Output): void {
  const reload = startReload({
    first: loaded.fresh,
    readAt: loaded.readAt,
    load: (signal) => loadFresh(options.config, { signal }),
    use: session.use,
    onTrouble: (folder, error) =>
      output.tell(
        { event: 'dev.config.unwatched', folder },
        `${folder} cannot be watched (${toReason(error)}): start dev again after a change there`,
      ),
    now: () => Date.now(),
  })
  stops.push(reload.stop)
}
