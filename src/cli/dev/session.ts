/**
 * The config that the Workers use now, and how it changes: the file is saved, or a tunnel opens. A config
 * that they cannot use changes nothing.
 */
import type { CompiledConfig } from '../../config/compiled.ts'
import { toDocument, toVersion, type ConfigDocument } from '../../config/document.ts'
import { toReason } from '../terminal/errors.ts'
import { listConfigChanges } from './config-changes.ts'
import type { FreshConfig } from './fresh-config.ts'
import { toLocalConfig, type StandIns } from './local-config.ts'
import type { Output } from './output.ts'

export interface SessionOptions {
  /** As it is shown. */
  file: string
  /** As its file says. */
  config: CompiledConfig
  /** What has been told of it. */
  warnings: readonly string[]
  standIns: StandIns
  /** Rejects when the Workers cannot be told. */
  publish: (document: ConfigDocument) => Promise<void>
  /** What they lack for a config, a line each. */
  findLacking: (config: CompiledConfig) => string[]
  output: Output
}

export interface Session {
  /** What the Workers use. */
  current: () => CompiledConfig
  /** Takes what was read from the file; says what became of it. Never rejects. */
  use: (fresh: FreshConfig) => Promise<void>
  /** Whatever the file says: from now on signatures are checked against this origin. */
  openTo: (publicUrl: string) => Promise<void>
}

export function createSession(options: SessionOptions): Session {
  const { file, publish, findLacking, output } = options
  let { config: written, standIns, warnings } = options
  let current = toLocalConfig(written, standIns)
  /** The file is not what is in use. */
  let isBehind = false

  function refuse(problems: readonly string[]): void {
    isBehind = true
    const version = toVersion(current)
    const count = `${problems.length} problem${problems.length === 1 ? '' : 's'}`
    const lines = problems.map((problem) => `  ${problem}`)
    output.tell(
      { event: 'dev.config.refused', problems, version },
      [`config not reloaded: ${file} has ${count}`, ...lines, `  Still in use: ${version}`].join(
        '\n',
      ),
    )
  }

  async function adopt(config: CompiledConfig): Promise<void> {
    const changes = listConfigChanges(current, config)
    const version = toVersion(config)
    await publish(toDocument(config, version))
    current = config
    output.tell(
      { event: 'dev.config.reloaded', version, changes },
      `config reloaded: version ${version} (${changes.join(', ')})`,
    )
  }

  async function take(fresh: FreshConfig): Promise<void> {
    if (!fresh.config) return refuse(fresh.problems)
    const config = toLocalConfig(fresh.config, standIns)
    const lacking = findLacking(config)
    if (lacking.length > 0) return refuse(lacking)
    for (const warning of fresh.warnings) {
      if (warnings.includes(warning)) continue
      output.tell({ event: 'dev.config.warning', text: warning }, `warning: ${warning}`)
    }
    const version = toVersion(config)
    if (version !== toVersion(current)) await adopt(config)
    else if (isBehind) {
      output.tell(
        { event: 'dev.config.reloaded', version, changes: [] },
        `config is whole again: version ${version}, as before`,
      )
    }
    written = fresh.config
    warnings = fresh.warnings
    isBehind = false
  }

  return {
    current: () => current,
    async use(fresh) {
      try {
        await take(fresh)
      } catch (error) {
        refuse([`the Workers could not be told: ${toReason(error)}`])
      }
    },
    async openTo(publicUrl) {
      standIns = { ...standIns, publicUrl }
      const config = toLocalConfig(written, standIns)
      await publish(toDocument(config, toVersion(config)))
      current = config
    },
  }
}
