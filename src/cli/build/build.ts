/**
 * `switchboard build`: checks the config and writes the document that a deploy carries. SWITCHBOARD_CONFIG
 * names another config: wrangler calls `build` without arguments.
 */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { toDocument, toVersion } from '../../config/document.ts'
import { DEFAULT_CONFIG_FILE, loadConfigFile } from '../project/config-file.ts'
import { writeWhole } from '../project/write-whole.ts'
import { createTerminal } from '../terminal/terminal.ts'
import type { DefineVerb } from '../terminal/verb.ts'

export const defineBuild: DefineVerb = (verb) => {
  verb
    .option(
      '--config <file>',
      'the config (or SWITCHBOARD_CONFIG)',
      process.env['SWITCHBOARD_CONFIG'] || DEFAULT_CONFIG_FILE,
    )
    .option('--out <file>', 'the compiled document', 'dist/config.json')
    .option('--local', 'allow plain http and private addresses: for development only')
    .action(async ({ config: file, out, local = false, json }) => {
      const terminal = createTerminal({ json })
      const config = await loadConfigFile(file, { local, warn: (text) => terminal.warn(text) })
      const document = toDocument(config, toVersion(config))
      mkdirSync(dirname(out), { recursive: true })
      // Whoever bundles meanwhile reads the old one or the new one, whole.
      writeWhole(out, JSON.stringify(document))
      const { version } = document
      const text = `${file} is good: version ${version} in ${out}`
      terminal.result({ config: file, out, version }, text)
    })
}
