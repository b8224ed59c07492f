/** `switchboard build`: checks the config and writes the document that a deploy carries. */
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { CompiledConfig } from '../config/compiled.ts'
import { toDocument } from '../config/document.ts'
import { parseOptions } from './arguments.ts'
import { DEFAULT_CONFIG_FILE, loadConfigFile } from './config-file.ts'

const HELP = `switchboard build [--config FILE] [--out FILE] [--local]

  --config FILE  the config (${DEFAULT_CONFIG_FILE})
  --out FILE     the compiled document (dist/config.json)
  --local        allow plain http and private addresses: for development only`

export async function runBuild(args: string[]): Promise<void> {
  const { values } = parseOptions(
    {
      args,
      options: {
        config: { type: 'string', default: DEFAULT_CONFIG_FILE },
        out: { type: 'string', default: 'dist/config.json' },
        local: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    },
    HELP,
  )
  if (values.help) {
    console.log(HELP)
    return
  }
  const config = await loadConfigFile(values.config, { local: values.local })
  const document = toDocument(config, toVersion(config))
  mkdirSync(dirname(values.out), { recursive: true })
  writeFileSync(values.out, JSON.stringify(document))
  console.log(`${values.config} is good: version ${document.version} in ${values.out}`)
}

/** The same config has the same version, wherever and whenever it is built. */
export function toVersion(config: CompiledConfig): string {
  return createHash('sha256').update(JSON.stringify(config)).digest('hex').slice(0, 12)
}
